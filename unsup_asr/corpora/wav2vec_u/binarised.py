"""Text as fairseq maps it into memory: `NAME.bin` holds the numbers of all symbols, `NAME.idx` the sentences.

The index: 9 bytes that name the format, its version (8 bytes), a code for the type of the numbers (1), how many
sentences there are (8), then all their lengths (int32) and all their places in bytes (int64); little-endian.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unsup_asr.corpora.wav2vec_u.symbols import END, SPECIAL, Symbols
from unsup_asr.errors import InputError
from unsup_asr.files import replacing

_MAGIC = b"MMIDIDX\0\0"
_HEAD = struct.Struct("<9sQBQ")
_VERSION = 1
_ANEW = "write the text anew"

# Types by fairseq's code.
_TYPES: dict[int, np.dtype[Any]] = {
    4: np.dtype("<i4"),
    5: np.dtype("<i8"),
    8: np.dtype("<u2"),
    9: np.dtype("<u4"),
}
_SHORT, _LONG = 8, 9
# From so many symbols on, fairseq takes the longer type.
_MANY = 65500


@dataclass(frozen=True)
class _Index:
    """The type of the numbers, and how many there are in each sentence, [n]."""

    type: np.dtype[Any]
    lengths: NDArray[np.int64]


def write_binarised(folder: Path, name: str, sentences: Iterable[Sequence[str]], symbols: Symbols) -> None:
    """Write `NAME.bin` and `NAME.idx`, as `fairseq-preprocess` would; every sentence gets an end symbol.

    Args:
        folder: where.
        name: of the split; `train` for unpaired text.
        sentences: each a sequence of symbols.
        symbols: the dictionary.

    Raises:
        InputError: a symbol is not in the dictionary; names it and the sentence.
    """
    code = _SHORT if len(SPECIAL) + len(symbols.names) < _MANY else _LONG
    coded = []
    for number, sentence in enumerate(sentences, start=1):
        try:
            coded.append(np.append(symbols.encode(sentence), END).astype(_TYPES[code]))
        except InputError as error:
            raise InputError(error.what, where=f"sentence {number}", remedy=error.remedy) from error
    lengths = np.array([len(sentence) for sentence in coded], np.int64)
    places = (lengths.cumsum() - lengths) * _TYPES[code].itemsize
    with replacing(folder / f"{name}.bin") as file:
        file.write_bytes(b"".join(sentence.tobytes() for sentence in coded))
    with replacing(folder / f"{name}.idx") as file:
        head = _HEAD.pack(_MAGIC, _VERSION, code, len(coded))
        file.write_bytes(head + lengths.astype("<i4").tobytes() + places.astype("<i8").tobytes())


def read_binarised(folder: Path, name: str, symbols: Symbols) -> list[tuple[str, ...]]:
    """Read the sentences of `NAME.bin` and `NAME.idx`, ours or fairseq's, without their end symbols.

    Raises:
        InputError: a file is missing, is of another form, or does not agree with the index or the dictionary.
    """
    path = folder / f"{name}.bin"
    index = _read_index(folder / f"{name}.idx")
    raw, promised = _bytes(path), int(index.lengths.sum()) * index.type.itemsize
    if len(raw) != promised:
        raise InputError(f"holds {len(raw)} bytes, its index promises {promised}", where=path, remedy=_ANEW)
    numbers = np.frombuffer(raw, index.type)
    largest = len(SPECIAL) + len(symbols.names) - 1
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() <= largest:
        fault = f"holds symbol {numbers.max()}, the dictionary ends at {largest}"
        raise InputError(fault, where=path, remedy="give the dictionary that it was written with")
    sentences = np.split(numbers, index.lengths.cumsum()[:-1]) if len(index.lengths) else []
    return [symbols.decode(sentence[sentence != END].tolist()) for sentence in sentences]


def _read_index(path: Path) -> _Index:
    raw = _bytes(path)
    form = _HEAD.unpack_from(raw) if len(raw) >= _HEAD.size else None
    if form is None or form[:2] != (_MAGIC, _VERSION) or form[2] not in _TYPES:
        fault = "is no index of whole numbers as fairseq maps them into memory"
        raise InputError(fault, where=path, remedy=f"{_ANEW}, or preprocess it with --dataset-impl mmap")
    needed = _HEAD.size + 12 * form[3]
    if len(raw) != needed:
        fault = f"holds {len(raw)} bytes, {form[3]} sentences need {needed}"
        raise InputError(fault, where=path, remedy=_ANEW)
    lengths = np.frombuffer(raw, "<i4", form[3], _HEAD.size).astype(np.int64)
    return _Index(_TYPES[form[2]], lengths)


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise InputError("is missing", where=path, remedy=_ANEW)
    return path.read_bytes()
