"""Reading ARPA files, and saying what is wrong with a faulty one."""

import gzip
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice, repeat
from pathlib import Path
from typing import IO

import numpy as np

from lm.errors import LanguageModelError
from lm.ngrams import NEVER, Arpa, NGrams

CHUNK = 1 << 17  # lines held as Python objects at a time
DAMAGED = "the file is damaged or was cut short: make or fetch it again"
WRITE_AGAIN = "write the model again with the tool that made it"


def read_arpa(path: Path) -> Arpa:
    """Read an ARPA file, plain or gzipped (told by its first bytes, not its name).

    Raises:
        LanguageModelError: the file is not ARPA, is cut short, states a wrong number of n-grams, or has a
            line with a wrong number of fields, a word without a unigram, a context without a back-off, or a value
            that is no number.
    """
    path = Path(path)
    with _opened(path) as file:
        reader = _Reader(path, file)
        try:
            return reader.read()
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise LanguageModelError(
                f"the gzip data ends early or is damaged ({error})",
                where=f"{path}, line {reader.line + 1}",
                remedy=DAMAGED,
            ) from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if not path.is_file():
        raise LanguageModelError("there is no such file", where=path, remedy="check the path of the model")
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        if not packed:
            yield raw
        else:
            with gzip.open(raw) as file:
                yield file  # type: ignore[misc]


class _Reader:
    """Reads a file once, from top to bottom, and knows the line it is at."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path, self.lines, self.line = path, iter(file), 0
        self.bare: list[int] = []  # lines without a back-off, of the order that is read

    def read(self) -> Arpa:
        counts = self._header()
        vocabulary, unigrams = self._unigrams(counts[0], with_backoff=len(counts) > 1)
        index = {word: place for place, word in enumerate(vocabulary)}
        if len(index) != len(vocabulary):
            twice = next(word for place, word in enumerate(vocabulary) if index[word] != place)
            raise self._fault(f"the unigram {twice.decode(errors='replace')!r} stands twice")
        grams = [unigrams]
        for n, count in enumerate(counts[1:], start=2):
            bare, self.bare = self.bare, []
            ended = self.line
            self._expect(f"\\{n}-grams:".encode())
            grams.append(self._section(n, count, index, with_backoff=n < len(counts)))
            if bare:
                self._check_contexts(np.array(bare), ended, grams[-2].ids, grams[-1].ids)
        self._expect(b"\\end\\")
        deque(self.lines, maxlen=0)  # gzip keeps its checksum behind the last line
        return Arpa([self._decoded(word) for word in vocabulary], grams)

    def _fault(self, what: str, remedy: str = WRITE_AGAIN, line: int | None = None) -> LanguageModelError:
        return LanguageModelError(what, where=f"{self.path}, line {line or self.line}", remedy=remedy)

    def _decoded(self, word: bytes) -> str:
        try:
            return word.decode()
        except UnicodeDecodeError as error:
            raise LanguageModelError(
                f"the word {word!r} is not UTF-8", where=self.path, remedy="convert the model to UTF-8"
            ) from error

    def _next(self) -> bytes:
        """The next line that is not blank, stripped."""
        for line in self.lines:
            self.line += 1
            if line.strip():
                return line.strip()
        raise self._fault("the file ends before \\end\\", DAMAGED)

    def _expect(self, text: bytes) -> None:
        line = self._next()
        if line != text:
            raise self._fault(
                f"expected {text.decode()!r}, found {line[:80].decode(errors='replace')!r}",
                "the number of n-grams stated at the top may be wrong, or a part is missing: " + WRITE_AGAIN,
            )

    def _header(self) -> list[int]:
        """The stated number of n-grams of each order."""
        self._expect(b"\\data\\")
        counts: list[int] = []
        while (line := self._next()).startswith(b"ngram "):
            order, _, count = line[len(b"ngram ") :].partition(b"=")
            if not (order.strip().isdigit() and count.strip().isdigit() and int(order) == len(counts) + 1):
                raise self._fault(
                    f"expected 'ngram {len(counts) + 1}=COUNT', found {line.decode(errors='replace')!r}"
                )
            counts.append(int(count))
        if not counts or line != b"\\1-grams:":
            raise self._fault(f"expected '\\1-grams:', found {line[:80].decode(errors='replace')!r}")
        return counts

    def _chunks(self, count: int) -> Iterator[list[bytes]]:
        """The next `count` lines, some at a time."""
        while count:
            lines = list(islice(self.lines, min(count, CHUNK)))
            if not lines:
                raise self._fault("the file ends inside a list of n-grams", DAMAGED)
            yield lines
            self.line += len(lines)
            count -= len(lines)

    def _unigrams(self, count: int, with_backoff: bool) -> tuple[list[bytes], NGrams]:
        words: list[bytes] = []
        values = np.zeros((2, count), dtype=np.float32)
        for lines in self._chunks(count):
            columns = self._columns(lines, 1, with_backoff)
            part = slice(len(words), len(words) + len(lines))
            values[: 1 + with_backoff, part] = self._values(columns, lines, with_backoff)
            words += columns[1]
        return words, NGrams(np.arange(count, dtype=np.int32)[:, None], values[0], values[1])

    def _section(self, n: int, count: int, index: Mapping[bytes, int], with_backoff: bool) -> NGrams:
        ids = np.zeros((count, n), dtype=np.int32)
        values = np.zeros((2, count), dtype=np.float32)
        done = 0
        for lines in self._chunks(count):
            columns = self._columns(lines, n, with_backoff)
            part = slice(done, done + len(lines))
            values[: 1 + with_backoff, part] = self._values(columns, lines, with_backoff)
            for place, words in enumerate(columns[1 : n + 1]):
                ids[part, place] = self._ids(words, index)
            done += len(lines)
        return NGrams(ids, values[0], values[1])

    def _check_contexts(self, bare: np.ndarray, ended: int, lower: np.ndarray, ids: np.ndarray) -> None:
        """A back-off may be left out where nothing follows; refuse a context that lacks it.

        Args:
            bare: lines without a back-off.
            ended: the last line of their order.
            lower: [m, n - 1] the n-grams of their order.
            ids: [k, n] those that follow.
        """
        rows = bare - ended - 1 + len(lower)
        followed = np.isin(_as_one(lower[rows]), _as_one(ids[:, :-1]))
        if followed.any():
            line = int(bare[np.argmax(followed)])
            raise self._fault("longer n-grams follow this one, but its back-off is missing", line=line)

    def _ids(self, words: list[bytes], index: Mapping[bytes, int]) -> np.ndarray:
        try:
            return np.fromiter(map(index.__getitem__, words), dtype=np.int32)
        except KeyError as error:
            word: bytes = error.args[0]
            raise self._fault(
                f"the word {word.decode(errors='replace')!r} has no unigram",
                line=self.line + words.index(word) + 1,
            ) from error

    def _columns(self, lines: list[bytes], n: int, with_backoff: bool) -> list[list[bytes]]:
        """Probability, n words and, but for the highest order, back-off: a list of each."""
        fields = b"".join(lines).split()
        width = n + 1 + with_backoff
        tabs = 1 + with_backoff
        # Every line is split by itself only where some line leaves its back-off out, or is faulty.
        if len(fields) != width * len(lines) or set(map(bytes.count, lines, repeat(b"\t"))) != {tabs}:
            split = (self._fields(line, place, n, width) for place, line in enumerate(lines))
            fields = [field for line in split for field in line]
        return [fields[place::width] for place in range(width)]

    def _fields(self, line: bytes, place: int, n: int, width: int) -> list[bytes]:
        fields = line.split()
        if len(fields) == width - 1 == n + 1:
            fields.append(b"0")
            self.bare.append(self.line + place + 1)
        if len(fields) != width:
            raise self._fault(
                f"expected a probability, {n} words{' and a back-off' if width > n + 1 else ''}, found "
                f"{len(fields)} fields: {line.strip()[:80].decode(errors='replace')!r}",
                "the number of n-grams stated at the top may be wrong: " + WRITE_AGAIN,
                line=self.line + place + 1,
            )
        return fields

    def _values(self, columns: list[list[bytes]], lines: list[bytes], with_backoff: bool) -> np.ndarray:
        """[2, n] log10 probabilities and back-offs, or [1, n] probabilities alone."""
        numbers = [columns[0], columns[-1]][: 1 + with_backoff]
        try:
            values = np.stack([np.fromiter(map(float, column), dtype=float) for column in numbers])
        except ValueError:
            values = np.array([[_number(field) for field in column] for column in numbers])
        values[np.isneginf(values)] = NEVER
        faulty = np.isnan(values).any(axis=0) | (values[0] > 0) | np.isposinf(values[-1])
        if faulty.any():
            row = int(np.argmax(faulty))
            raise self._fault(
                "expected a log10 probability of 0 or less and a finite back-off, found "
                f"{lines[row].strip()[:80].decode(errors='replace')!r}",
                line=self.line + row + 1,
            )
        return values


def _as_one(rows: np.ndarray) -> np.ndarray:
    """[n] one value a row of integers [n, k], equal where the rows are."""
    return np.ascontiguousarray(rows).view(np.dtype((np.void, rows.itemsize * rows.shape[1])))[:, 0]


def _number(field: bytes) -> float:
    """The number, or NaN where it is none."""
    try:
        return float(field)
    except ValueError:
        return float("nan")
