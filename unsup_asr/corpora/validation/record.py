"""The record of a validation at work, from which one that was killed goes on."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from unsup_asr.corpora.validation.faults import Examination, Fault
from unsup_asr.errors import UsageError
from unsup_asr.progress import LOGGER

_KIND = "validation of"
_REMEDY = "name another file for the progress"


class Record:
    """A file that tells what was examined so far; it is removed once all is told.

    Args:
        path: the file.
        manifests: what is validated.
        deep: whether sound and pictures are decoded.

    Raises:
        UsageError: the file is there and is something else, or cannot be written.
    """

    def __init__(self, path: Path, manifests: Iterable[Path], deep: bool) -> None:
        self._path = path
        files = [[str(each), each.stat().st_size, each.stat().st_mtime_ns] for each in manifests]
        head = json.dumps({_KIND: files, "deep": deep}, ensure_ascii=False)
        #: What is known to be faultless, by its number.
        self.faultless = self._read(head)
        if self.faultless:
            LOGGER.info("%s: goes on, %d files were found good before", path, len(self.faultless))
        try:
            self._file = path.open("a" if self.faultless else "w", encoding="utf-8")
        except OSError as error:
            fault = f"cannot be written: {error.strerror}"
            raise UsageError(fault, where=path, remedy=_REMEDY) from error
        if not self.faultless:
            self._file.write(head + "\n")

    def add(self, examined: Iterable[tuple[int, Examination]]) -> None:
        """Write down what has been examined; a process killed later does not lose it."""
        rows = ([number, *_values(each)] for number, each in examined)
        self._file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        self._file.flush()

    def close(self) -> None:
        """Stop writing; the record stays."""
        self._file.close()

    def remove(self) -> None:
        """Stop writing and forget: everything has been told."""
        self.close()
        self._path.unlink(missing_ok=True)

    def _read(self, head: str) -> dict[int, Examination]:
        """What was found faultless before; what was at fault may be mended by now, and is looked at again."""
        if not self._path.exists():
            return {}
        raw = self._path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]  # a last line without its end was being written
        if raw and not raw.startswith(f'{{"{_KIND}"'.encode()):
            fault = "is no record of a validation"
            raise UsageError(fault, where=self._path, remedy=_REMEDY)
        lines = whole.decode().split("\n")
        if lines[0] != head:
            return {}
        if len(whole) < len(raw):
            with self._path.open("rb+") as file:
                file.truncate(len(whole))
        rows = [json.loads(line) for line in lines[1:] if line]
        return {number: _examination(values) for number, *values in rows if not _at_fault(values)}


def _values(examination: Examination) -> list[Any]:
    faults = [[fault.name, detail] for fault, detail in examination.faults]
    return [faults, examination.seconds, examination.digest]


def _examination(values: list[Any]) -> Examination:
    faults, seconds, digest = values
    return Examination(tuple((Fault[name], detail) for name, detail in faults), seconds, digest)


def _at_fault(values: list[Any]) -> bool:
    return any(not Fault[name].is_note for name, _ in values[0])
