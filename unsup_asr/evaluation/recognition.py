"""Speech recognition scores: word and character error rates, over all words and over content words.

Texts are compared as they are: normalise both sides the same way first. Rates are percent, or None where
there is no reference word to score.
"""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

import jiwer
import numpy as np
from numpy.typing import NDArray

from unsup_asr.evaluation.alignment import check_paired
from unsup_asr.evaluation.bootstrap import Comparison, Interval, bootstrap_interval, paired_bootstrap


@dataclass(frozen=True, slots=True)
class ErrorCounts:
    """What a minimum-edit-distance alignment counts, over a corpus."""

    hits: int
    substitutions: int
    deletions: int
    insertions: int

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def reference_length(self) -> int:
        return self.hits + self.substitutions + self.deletions

    @property
    def rate(self) -> float | None:
        """Errors in percent of the reference's length."""
        return 100 * self.errors / self.reference_length if self.reference_length else None

    def line(self, name: str = "WER") -> str:
        """The customary line, such as `%WER 12.3 [ 37 / 300, 5 ins, 12 del, 20 sub ]`."""
        shown = "n/a" if self.rate is None else f"{self.rate:.1f}"
        kinds = f"{self.insertions} ins, {self.deletions} del, {self.substitutions} sub"
        return f"%{name} {shown} [ {self.errors} / {self.reference_length}, {kinds} ]"


def word_errors(references: Sequence[str], hypotheses: Sequence[str]) -> ErrorCounts:
    """Count word errors over a corpus; empty texts are allowed on either side.

    Raises:
        InputError: there are not as many hypotheses as references.
    """
    check_paired(references, hypotheses)
    return _counts(jiwer.process_words(list(references), list(hypotheses)) if references else None)


def character_errors(references: Sequence[str], hypotheses: Sequence[str]) -> ErrorCounts:
    """Count character errors, spaces included; otherwise as `word_errors`."""
    check_paired(references, hypotheses)
    return _counts(jiwer.process_characters(list(references), list(hypotheses)) if references else None)


def wer(references: Sequence[str], hypotheses: Sequence[str]) -> float | None:
    """Word error rate of a corpus in percent."""
    return word_errors(references, hypotheses).rate


def cer(references: Sequence[str], hypotheses: Sequence[str]) -> float | None:
    """Character error rate of a corpus in percent."""
    return character_errors(references, hypotheses).rate


def keep_words(texts: Sequence[str], kept: Set[str]) -> list[str]:
    """The texts with all other words left out."""
    return [" ".join(word for word in text.split() if word in kept) for text in texts]


def content_wer(references: Sequence[str], hypotheses: Sequence[str], content: Set[str]) -> float | None:
    """Word error rate of the content words; the others are dropped on both sides before alignment."""
    return wer(keep_words(references, content), keep_words(hypotheses, content))


def content_f1(references: Sequence[str], hypotheses: Sequence[str], content: Set[str]) -> float | None:
    """F1 of the content words, whatever their order.

    The words of an utterance are a bag: a word written twice and said once counts once. Over the corpus, F1
    is 100 · 2 · matched / (said + written).
    """
    check_paired(references, hypotheses)
    said = [Counter(text.split()) for text in keep_words(references, content)]
    written = [Counter(text.split()) for text in keep_words(hypotheses, content)]
    matched = sum((one & other).total() for one, other in zip(said, written, strict=True))
    total_said = sum(bag.total() for bag in said)
    total = total_said + sum(bag.total() for bag in written)
    return 200 * matched / total if total_said else None


def utterance_errors(references: Sequence[str], hypotheses: Sequence[str]) -> NDArray[np.float64]:
    """(utterances, 2): the word errors and the reference length of each utterance."""
    check_paired(references, hypotheses)
    if not references:
        return np.zeros((0, 2))
    output = jiwer.process_words(list(references), list(hypotheses))
    errors = [sum(_length(c) for c in chunks if c.type != "equal") for chunks in output.alignments]
    return np.array([errors, [len(words) for words in output.references]], dtype=np.float64).T


def wer_interval(
    references: Sequence[str], hypotheses: Sequence[str], resamples: int = 1000, seed: int = 0
) -> Interval | None:
    """The 95 % bootstrap interval over utterances of the word error rate."""
    counts = utterance_errors(references, hypotheses)
    return bootstrap_interval(counts[:, 0], counts[:, 1], resamples, seed) if counts[:, 1].sum() else None


def compare_wer(
    references: Sequence[str],
    first: Sequence[str],
    second: Sequence[str],
    resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Paired bootstrap test of two systems' word error rates on the same utterances."""
    one, other = utterance_errors(references, first), utterance_errors(references, second)
    return paired_bootstrap(one, other, resamples=resamples, seed=seed)


def _counts(output: Any) -> ErrorCounts:
    """From jiwer's output; None stands for a corpus of no utterances."""
    if output is None:
        return ErrorCounts(0, 0, 0, 0)
    return ErrorCounts(output.hits, output.substitutions, output.deletions, output.insertions)


def _length(chunk: jiwer.AlignmentChunk) -> int:
    """Edits in a chunk of one kind: words of whichever side has them."""
    return int(max(chunk.ref_end_idx - chunk.ref_start_idx, chunk.hyp_end_idx - chunk.hyp_start_idx))
