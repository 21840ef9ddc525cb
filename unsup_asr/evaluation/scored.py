"""What the scores were computed on: references and output of each utterance, normalised."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from unsup_asr.evaluation.alignment import check_paired
from unsup_asr.files import read_jsonl, write_jsonl


@dataclass(frozen=True, slots=True)
class Scored:
    """One utterance, as it was scored.

    Attributes:
        id: the utterance's.
        references: normalised; word error rates take the closest, BLEU all.
        hypothesis: what was written, normalised alike.
        normaliser: the version of what normalised both.
    """

    id: str
    references: tuple[str, ...]
    hypothesis: str
    normaliser: str


def write_scored(
    path: Path,
    ids: Sequence[str],
    references: Sequence[Sequence[str]],
    hypotheses: Sequence[str],
    normaliser: str,
) -> None:
    """Write what was scored, an utterance a line, atomically.

    Args:
        path: of the JSON lines.
        ids: of the utterances.
        references: of each utterance, normalised.
        hypotheses: of each utterance, normalised.
        normaliser: the version of what normalised both.

    Raises:
        InputError: there are not as many hypotheses as references.
    """
    check_paired(references, hypotheses)
    rows = zip(ids, references, hypotheses, strict=True)
    write_jsonl(path, [asdict(Scored(id, tuple(given), written, normaliser)) for id, given, written in rows])


def read_scored(path: Path) -> list[Scored]:
    """Read what `write_scored` wrote."""
    return [Scored(**{**row, "references": tuple(row["references"])}) for row in read_jsonl(path)]
