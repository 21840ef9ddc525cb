"""What decoding yields for one utterance."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from unsup_asr.files import read_jsonl, write_jsonl


@dataclass(frozen=True, slots=True)
class Alternative:
    """A word that the segment might be instead, with its probability (0–1)."""

    word: str
    probability: float


@dataclass(frozen=True, slots=True)
class DecodedWord:
    """One segment's word; `word` is empty where the segment yields nothing. Times in seconds."""

    word: str
    start: float
    end: float
    probability: float
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The text written down for one utterance, its words in order, and the decoder's log score."""

    id: str
    text: str
    words: tuple[DecodedWord, ...]
    score: float


def write_hypotheses(path: Path, hypotheses: Iterable[Hypothesis]) -> None:
    """Write hypotheses as JSONL, one utterance a line."""
    write_jsonl(path, (asdict(hypothesis) for hypothesis in hypotheses))


def read_hypotheses(path: Path) -> list[Hypothesis]:
    """Read what `write_hypotheses` wrote."""
    return [_hypothesis(row) for row in read_jsonl(path)]


def _hypothesis(row: dict) -> Hypothesis:
    words = tuple(
        DecodedWord(**{**word, "alternatives": tuple(Alternative(**a) for a in word["alternatives"])})
        for word in row["words"]
    )
    return Hypothesis(row["id"], row["text"], words, row["score"])
