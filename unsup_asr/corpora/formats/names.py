"""Ids as other tools can take them: without the characters that have a meaning there, and still all different."""

import hashlib
from collections import Counter
from collections.abc import Callable

# Most file systems take names of 255 bytes; this leaves room for endings.
_LONGEST = 200


class Ids:
    """The ids of a source that need not tell any."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._repeated: Counter[str] = Counter()

    def new(self, told: str | None, otherwise: str) -> str | None:
        """The id that the source tells, None if that came before; without one, a new id made of `otherwise`."""
        id = told or otherwise
        while not told and id in self._given:
            self._repeated[otherwise] += 1
            id = f"{otherwise}_{self._repeated[otherwise] + 1}"
        if id in self._given:
            return None
        self._given.add(id)
        return id


class Names:
    """Gives every text a name of its own; the same texts in the same order get the same names.

    Args:
        allowed: whether a character may stand in a name; others become `_`.
    """

    def __init__(self, allowed: Callable[[str], bool]) -> None:
        self._allowed = allowed
        self._ids = Ids()

    def new(self, text: str, prefix: str = "") -> str:
        """A name that was not given before.

        Args:
            text: what it is to resemble.
            prefix: what it begins with, of allowed characters.
        """
        cleaned = "".join(c if self._allowed(c) else "_" for c in text)
        name = self._ids.new(None, prefix + (_shortened(cleaned) or "_"))
        assert name is not None, "only told ids can have come before"
        return name


def in_file_name(character: str) -> bool:
    """Whether a character may stand in the name of a file, before its first dot."""
    return character not in "./\\" and character.isprintable() and not character.isspace()


def _shortened(name: str) -> str:
    raw = name.encode()
    if len(raw) <= _LONGEST:
        return name
    digest = hashlib.sha256(raw).hexdigest()[:12]
    return f"{raw[:_LONGEST].decode(errors='ignore')}_{digest}"
