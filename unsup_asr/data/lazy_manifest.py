"""A manifest larger than memory: where each line begins is kept, and a line is read when it is asked for."""

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, overload

import numpy as np
from numpy.typing import NDArray

from unsup_asr.data.fields import Fields
from unsup_asr.data.manifest import Utterance, utterance_of
from unsup_asr.errors import InputError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LazyManifest(Sequence[Utterance]):
    """What `read_manifest` reads, in its order, for 16 bytes an utterance; it can stand where the list stands.

    Opening reads the file once: every line must be JSON with an id of its own. The other fields of a line are
    checked when it is asked for, and their errors are those of `read_manifest`. Threads and processes may share
    it.

    Args:
        path: the manifest; it must not change while this is in use.

    Raises:
        InputError: the file cannot be read, is not UTF-8, or holds no utterance; a line has no id, or another's.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        begins, numbers, hashes = array("q"), array("q"), array("q")
        for number, begin, line in self._lines():
            begins.append(begin)
            numbers.append(number)
            hashes.append(hash(self._fields(line, number).string("id")))
        if not begins:
            raise InputError("holds no utterance", where=self.path, remedy="write one JSON object a line")
        self._begins = np.frombuffer(begins, np.int64)
        self._numbers = np.frombuffer(numbers, np.int64)
        self._refuse_twins(np.frombuffer(hashes, np.int64))

    def __len__(self) -> int:
        return len(self._begins)

    def __iter__(self) -> Iterator[Utterance]:
        for number, _, line in self._lines():
            yield self._utterance(line, number)

    @overload
    def __getitem__(self, index: int) -> Utterance: ...
    @overload
    def __getitem__(self, index: slice) -> list[Utterance]: ...
    def __getitem__(self, index: int | slice) -> Utterance | list[Utterance]:
        """An utterance, or a list of them, read from the file."""
        with self._opened() as file:
            if isinstance(index, slice):
                return [self._read(file, row) for row in range(*index.indices(len(self)))]
            return self._read(file, range(len(self))[index])

    def _opened(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            fault, remedy = f"cannot be read: {reason}", "check the path"
            raise InputError(fault, where=self.path, remedy=remedy) from error

    def _lines(self) -> Iterator[tuple[int, int, bytes]]:
        """Number, first byte and text of every line that is not empty."""
        begin = 0
        with self._opened() as file:
            for number, line in enumerate(file, start=1):
                mark = len(_BYTE_ORDER_MARK) if not begin and line.startswith(_BYTE_ORDER_MARK) else 0
                if line[mark:].strip():
                    yield number, begin + mark, line[mark:]
                begin += len(line)

    def _read(self, file: BinaryIO, row: int) -> Utterance:
        file.seek(self._begins[row])
        return self._utterance(file.readline(), int(self._numbers[row]))

    def _utterance(self, line: bytes, number: int) -> Utterance:
        return utterance_of(self._fields(line, number), self.path.parent)

    def _fields(self, line: bytes, number: int) -> Fields:
        where = f"{self.path}:{number}"
        try:
            return Fields.parse(line.decode(), where=where)
        except UnicodeDecodeError as error:
            fault = f"not UTF-8: byte 0x{line[error.start]:02x}"
            raise InputError(fault, where=where, remedy="convert it with iconv -t UTF-8") from error

    def _refuse_twins(self, hashes: NDArray[np.int64]) -> None:
        """Ids whose hashes are equal are read again and compared themselves."""
        order = hashes.argsort(kind="stable")
        alike = np.flatnonzero(hashes[order[1:]] == hashes[order[:-1]])
        for place in alike[order[alike + 1].argsort()]:
            earlier, later = order[place], order[place + 1]
            with self._opened() as file:
                id, other = (self._id(file, row) for row in (later, earlier))
            if id == other:
                fault = f"id {id!r} is that of line {self._numbers[earlier]}, too"
                where = f"{self.path}:{self._numbers[later]}"
                raise InputError(fault, where=where, remedy="give every utterance its own id")

    def _id(self, file: BinaryIO, row: int) -> str:
        file.seek(self._begins[row])
        return self._fields(file.readline(), int(self._numbers[row])).string("id")
