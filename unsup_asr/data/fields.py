"""A JSON object whose fields are read by type, each fault naming the file and the line."""

import json
import sys
from dataclasses import dataclass
from typing import Any

from unsup_asr.errors import InputError


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one JSON object, and where it stands (`file:line`). A null field counts as missing.

    All readers raise InputError for a field that is missing or of another type.
    """

    values: dict[str, Any]
    where: str

    @classmethod
    def parse(cls, line: str, where: str) -> "Fields":
        """Read one line of JSON lines."""
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            fault = f"not valid JSON: {error}"
            raise InputError(fault, where=where, remedy="write one JSON object a line") from error
        if not isinstance(values, dict):
            fault = f"a JSON object is wanted, this is {_kind(values)}"
            raise InputError(fault, where=where, remedy="write one JSON object a line")
        return cls(values, where)

    def error(self, what: str, remedy: str) -> InputError:
        """An error about this object."""
        return InputError(what, where=self.where, remedy=remedy)

    def string(self, key: str) -> str:
        """A text that is not empty."""
        value = self._required(key, "a non-empty string")
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "a non-empty string")
        return value

    def optional_string(self, key: str) -> str | None:
        """A text, or None where there is none."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, str):
            raise self._wrong(key, "a string")
        return value

    def number(
        self, key: str, default: float | None = None, least: float | None = None, above: float | None = None
    ) -> float:
        """A finite number, at least `least` and more than `above` where these are given."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        wanted = "a finite number"
        wanted += f" of at least {least:g}" if least is not None else ""
        wanted += f" above {above:g}" if above is not None else ""
        value = self._required(key, wanted)
        # NaN fails the comparison, and so does an integer too long for a float.
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(key, wanted)
        if not abs(value) <= sys.float_info.max:
            raise self._wrong(key, wanted)
        if (least is not None and value < least) or (above is not None and value <= above):
            raise self._wrong(key, wanted)
        return float(value)

    def strings(self, key: str) -> tuple[str, ...]:
        """A list of texts; none where the field is missing."""
        values = self._list(key, "a list of strings")
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(key, "a list of strings")
        return tuple(values)

    def objects(self, key: str) -> list["Fields"]:
        """A list of JSON objects; none where the field is missing."""
        values = self._list(key, "a list of objects")
        if not all(isinstance(value, dict) for value in values):
            raise self._wrong(key, "a list of objects")
        return [Fields(value, f"{self.where}: {key}[{i}]") for i, value in enumerate(values)]

    def _list(self, key: str, wanted: str) -> list[Any]:
        value = self.values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(key, wanted)
        return value

    def _required(self, key: str, wanted: str) -> Any:
        value = self.values.get(key)
        if value is None:
            raise self.error(f"field {key!r} is missing", f"add it: {wanted}")
        return value

    def _wrong(self, key: str, wanted: str) -> InputError:
        value = repr(self.values[key])
        shown = value if len(value) <= 60 else value[:57] + "…"
        return self.error(f"field {key!r} is {shown}", f"{wanted} is wanted")


def _kind(value: Any) -> str:
    return {list: "a list", str: "a string", type(None): "null"}.get(type(value), "a bare value")
