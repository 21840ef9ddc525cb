"""The files of ZeroSpeech 2021's semantic task: what each recording says, and what people judged of words."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unsup_asr.errors import InputError

SYNTHETIC, LIBRISPEECH = "synthetic", "librispeech"


@dataclass(frozen=True, slots=True)
class Recording:
    """A spoken word, a row of gold.csv; `type` is `synthetic` or `librispeech`."""

    type: str
    filename: str
    word: str
    voice: str


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """Two words that people judged, a row of pairs.csv; a data set has either of the judgements."""

    type: str
    dataset: str
    word_1: str
    word_2: str
    similarity: float | None
    relatedness: float | None


def read_recordings(path: Path) -> list[Recording]:
    """Read gold.csv.

    Raises:
        InputError: it is missing or lacks a column.
    """
    rows = _rows(path, ("type", "filename", "word", "voice"))
    return [Recording(row["type"], row["filename"], row["word"], row["voice"]) for row in rows]


def read_pairs(path: Path) -> list[JudgedPair]:
    """Read pairs.csv.

    Raises:
        InputError: it is missing or lacks a column, or a judgement is no number.
    """
    rows = _rows(path, ("type", "dataset", "word_1", "word_2", "similarity", "relatedness"))
    try:
        return [_pair(row) for row in rows]
    except ValueError as error:
        raise InputError(f"a judgement is no number: {error}", where=path, remedy="fetch it again") from error


def _pair(row: dict[str, str]) -> JudgedPair:
    similarity, relatedness = (
        float(row[name]) if row[name] else None for name in ("similarity", "relatedness")
    )
    return JudgedPair(row["type"], row["dataset"], row["word_1"], row["word_2"], similarity, relatedness)


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    if not path.is_file():
        raise InputError("no such file", where=path, remedy="give the data set of ZeroSpeech 2021")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = set(columns) - set(reader.fieldnames or ())
        if missing:
            raise InputError(f"lacks the columns {sorted(missing)}", where=path, remedy="fetch it again")
        return list(reader)
