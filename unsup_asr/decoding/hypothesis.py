"""What decoding yields for one utterance."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from unsup_asr.files import read_jsonl, write_jsonl

# The source of a word that no segment yields.
UNHEARD = -1


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
    """The text written down for one utterance.

    Attributes:
        id: the utterance's.
        text: what was written.
        words: what each segment yields, in the order of speech.
        score: the decoder's log score.
        sources: for each word of the text the number of its segment, `UNHEARD` where it has none; None where
            the text has the words in their order.
    """

    id: str
    text: str
    words: tuple[DecodedWord, ...]
    score: float
    sources: tuple[int, ...] | None = None


def write_hypotheses(path: Path, hypotheses: Iterable[Hypothesis]) -> None:
    """Write hypotheses as JSONL, one utterance a line."""
    write_jsonl(path, map(_row, hypotheses))


def read_hypotheses(path: Path) -> list[Hypothesis]:
    """Read what `write_hypotheses` wrote."""
    return [_hypothesis(row) for row in read_jsonl(path)]


def _row(hypothesis: Hypothesis) -> dict:
    """The fields, without sources where there are none."""
    row = asdict(hypothesis)
    if hypothesis.sources is None:
        del row["sources"]
    return row


def _hypothesis(row: dict) -> Hypothesis:
    words = tuple(
        DecodedWord(**{**word, "alternatives": tuple(Alternative(**a) for a in word["alternatives"])})
        for word in row["words"]
    )
    sources = tuple(row["sources"]) if "sources" in row else None
    return Hypothesis(row["id"], row["text"], words, row["score"], sources)
