"""fairseq's dictionaries, `dict.txt`: a symbol and its count a line; the line is its number."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError
from unsup_asr.files import write_text

# What fairseq has before the first line of a file: begin, padding, end, unknown.
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
END = SPECIAL.index("</s>")
SILENCE = "<SIL>"


@dataclass(frozen=True)
class Symbols:
    """The symbols of a text, numbered as fairseq does: those of a file from 4 on.

    Attributes:
        names: in the order of the file.
        counts: of each.

    Raises:
        InputError: a symbol is empty, holds white space, stands twice or is one of fairseq's own.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        for name, count in Counter(self.names).items():
            if count > 1:
                raise InputError(f"symbol {name!r} stands {count} times", remedy="give every symbol once")
            if name in SPECIAL or len(name.split()) != 1 or name.split()[0] != name:
                raise InputError(
                    f"{name!r} cannot be a symbol", remedy="no white space, nor one of fairseq's"
                )

    @classmethod
    def of(cls, sentences: Iterable[Sequence[str]]) -> "Symbols":
        """The symbols of a text, most frequent first, and at last silence, uncounted as published."""
        counted = Counter(symbol for sentence in sentences for symbol in sentence if symbol != SILENCE)
        ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        return cls((*(name for name, _ in ranked), SILENCE), (*(count for _, count in ranked), 0))

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {name: number for number, name in enumerate((*SPECIAL, *self.names))}

    def encode(self, sentence: Sequence[str]) -> NDArray[np.int64]:
        """The numbers [n] of the symbols of a sentence.

        Raises:
            InputError: naming the first symbol that is unknown.
        """
        unknown = next((symbol for symbol in sentence if symbol not in self._numbers), None)
        if unknown is not None:
            fault = f"symbol {unknown!r} is none of the {len(self.names)} of the dictionary"
            raise InputError(fault, remedy="leave the sentence out, or give captions whose words have it")
        return np.array([self._numbers[symbol] for symbol in sentence], np.int64)

    def decode(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """The symbols of numbers below 4 + those of the file."""
        names = (*SPECIAL, *self.names)
        return tuple(names[number] for number in numbers)


def write_symbols(path: Path, symbols: Symbols) -> None:
    """Write a dictionary, atomically."""
    lines = zip(symbols.names, symbols.counts, strict=True)
    write_text(path, "".join(f"{name} {count}\n" for name, count in lines))


def read_symbols(path: Path) -> Symbols:
    """Read a dictionary.

    Raises:
        InputError: naming the line that is not `SYMBOL COUNT`, or the symbol that cannot be one.
    """
    names, counts = [], []
    for number, line in enumerate(read_lines(path), start=1):
        name, _, count = line.rstrip().rpartition(" ")
        if not name or not count.isdecimal():
            raise InputError(
                f"{line!r} is not `SYMBOL COUNT`",
                where=f"{path}:{number}",
                remedy="write dict.txt as fairseq does",
            )
        names.append(name)
        counts.append(int(count))
    try:
        return Symbols(tuple(names), tuple(counts))
    except InputError as error:
        raise InputError(error.what, where=path, remedy=error.remedy) from error
