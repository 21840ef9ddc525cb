"""Translation scores: BLEU and chrF through sacrebleu, with the signatures that make them comparable."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from unsup_asr.errors import InputError
from unsup_asr.evaluation.alignment import check_paired
from unsup_asr.evaluation.bootstrap import Comparison, Interval, interval, paired_bootstrap, resampled_sums

# BLEU counts the matches and totals of 1- to 4-grams, the hypothesis's length, the closest reference's.
_ORDER = 4


@dataclass(frozen=True, slots=True)
class TranslationScores:
    """Corpus scores, 0–100, each with sacrebleu's signature."""

    bleu: float
    chrf: float
    bleu_signature: str
    chrf_signature: str


def translation_scores(references: Sequence[Sequence[str]], hypotheses: Sequence[str]) -> TranslationScores:
    """Score a corpus.

    Args:
        references: the references of each utterance, one or more, not the same number for all.
        hypotheses: one an utterance, empty where nothing was written.

    Raises:
        InputError: there is no utterance, or not as many hypotheses as utterances, or one has no reference.
    """
    _check(references, hypotheses)
    streams = _streams(references)
    bleu, chrf = BLEU(), CHRF()
    return TranslationScores(
        bleu=bleu.corpus_score(list(hypotheses), streams).score,
        chrf=chrf.corpus_score(list(hypotheses), streams).score,
        bleu_signature=str(bleu.get_signature()),
        chrf_signature=str(chrf.get_signature()),
    )


def bleu_interval(
    references: Sequence[Sequence[str]], hypotheses: Sequence[str], resamples: int = 1000, seed: int = 0
) -> Interval:
    """The 95 % bootstrap interval over utterances of the corpus BLEU."""
    return interval(_bleu(resampled_sums(_bleu_counts(references, hypotheses), resamples, seed)))


def compare_bleu(
    references: Sequence[Sequence[str]],
    first: Sequence[str],
    second: Sequence[str],
    resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Paired bootstrap test of two systems' BLEU on the same utterances."""
    one, other = _bleu_counts(references, first), _bleu_counts(references, second)
    return paired_bootstrap(one, other, figure=_bleu, resamples=resamples, seed=seed)


def _check(references: Sequence[Sequence[str]], hypotheses: Sequence[str]) -> None:
    check_paired(references, hypotheses)
    if not hypotheses:
        raise InputError("no utterance to score", remedy="give at least one")
    for position, alternatives in enumerate(references):
        if not any(alternatives):
            raise InputError("no reference", where=f"utterance {position}", remedy="leave it out or add one")


def _streams(references: Sequence[Sequence[str]]) -> list[Any]:
    """sacrebleu's form, a list a reference; None (which its types deny) where an utterance has fewer."""
    given = [[text for text in alternatives if text] for alternatives in references]
    most = max(map(len, given))
    return [[texts[k] if k < len(texts) else None for texts in given] for k in range(most)]


def _bleu_counts(references: Sequence[Sequence[str]], hypotheses: Sequence[str]) -> NDArray[np.float64]:
    """(utterances, 10) counts whose sums make the corpus BLEU."""
    _check(references, hypotheses)
    # The effective order concerns a sentence's score alone, not its counts; it silences a warning about it.
    metric = BLEU(effective_order=True)
    pairs = zip(hypotheses, references, strict=True)
    scores = [metric.sentence_score(text, [ref for ref in refs if ref]) for text, refs in pairs]
    return np.array([[*s.counts, *s.totals, s.sys_len, s.ref_len] for s in scores], dtype=np.float64)


def _bleu(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """BLEU of (…, 10) sums of counts."""
    return np.apply_along_axis(_bleu_of_one, -1, sums)


def _bleu_of_one(sums: NDArray[np.float64]) -> float:
    *counts, length, reference_length = sums.astype(int).tolist()
    score = BLEU.compute_bleu(counts[:_ORDER], counts[_ORDER:], length, reference_length, smooth_method="exp")
    return float(score.score)
