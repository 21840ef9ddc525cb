"""Which written word stands for which reference word: minimum-edit-distance alignments, through jiwer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import jiwer

from unsup_asr.errors import InputError

Operation = Literal["equal", "substitute", "insert", "delete"]


@dataclass(frozen=True, slots=True)
class AlignedWord:
    """One step of an alignment; `reference` is empty at an insertion, `hypothesis` at a deletion."""

    operation: Operation
    reference: str
    hypothesis: str


def align(reference: str, hypothesis: str) -> list[AlignedWord]:
    """Align the words of one hypothesis to those of its reference."""
    return align_all([reference], [hypothesis])[0]


def align_all(references: Sequence[str], hypotheses: Sequence[str]) -> list[list[AlignedWord]]:
    """Align utterance by utterance; words are what white space separates, either text may be empty.

    Raises:
        InputError: there are not as many hypotheses as references.
    """
    check_paired(references, hypotheses)
    if not references:
        return []
    output = jiwer.process_words(list(references), list(hypotheses))
    rows = zip(output.references, output.hypotheses, output.alignments, strict=True)
    return [[word for chunk in chunks for word in _words(chunk, ref, hyp)] for ref, hyp, chunks in rows]


def check_paired(references: Sequence, hypotheses: Sequence) -> None:
    """Raise InputError unless there are as many hypotheses as references."""
    if len(references) != len(hypotheses):
        counts = f"{len(references)} references but {len(hypotheses)} hypotheses"
        raise InputError(counts, remedy="give one hypothesis an utterance, empty where nothing was written")


def _words(chunk: jiwer.AlignmentChunk, reference: list[str], hypothesis: list[str]) -> list[AlignedWord]:
    """The single steps of one of jiwer's chunks of equal steps."""
    said = reference[chunk.ref_start_idx : chunk.ref_end_idx]
    written = hypothesis[chunk.hyp_start_idx : chunk.hyp_end_idx]
    steps = max(len(said), len(written))
    said, written = said or [""] * steps, written or [""] * steps
    return [AlignedWord(chunk.type, *pair) for pair in zip(said, written, strict=True)]
