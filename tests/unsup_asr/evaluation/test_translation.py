"""Translation scores against sacrebleu's own corpus score and BLEU worked by hand."""

import math

import numpy as np
import pytest
import sacrebleu

from unsup_asr.errors import InputError
from unsup_asr.evaluation.translation import (
    _bleu,
    _bleu_counts,
    bleu_interval,
    compare_bleu,
    translation_scores,
)

REFERENCES = [["a dog runs in the grass", "the dog is running"], ["two cats sleep on a red bed"], ["a man"]]
HYPOTHESES = ["a dog runs in grass", "two cats on a red bed", ""]


def test_one_reference_by_hand() -> None:
    # 5 words, 4 of 6 reference words in place: precisions 5/5, 3/4, 2/3, 1/2, and exp(1 - 6/5) for brevity.
    bleu = translation_scores([["a dog runs in the grass"]], ["a dog runs in grass"]).bleu
    assert bleu == pytest.approx(100 * math.exp(1 - 6 / 5) * (1 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)


def test_several_references_agree_with_sacrebleu() -> None:
    repeated = [[refs[0] for refs in REFERENCES], [refs[-1] for refs in REFERENCES]]
    scores = translation_scores(REFERENCES, HYPOTHESES)
    assert scores.bleu == pytest.approx(sacrebleu.corpus_bleu(HYPOTHESES, repeated).score)
    assert "nrefs:var" in scores.bleu_signature and "tok:13a" in scores.bleu_signature
    assert scores.chrf_signature.startswith("nrefs:")
    perfect = translation_scores(REFERENCES, [refs[0] for refs in REFERENCES])
    assert (perfect.bleu, perfect.chrf) == (pytest.approx(100), pytest.approx(100))


def test_per_utterance_counts_sum_to_the_corpus_score() -> None:
    summed = _bleu(_bleu_counts(REFERENCES, HYPOTHESES).sum(0))
    assert summed == pytest.approx(translation_scores(REFERENCES, HYPOTHESES).bleu)


def test_interval_holds_the_score_and_shrinks_with_more_utterances() -> None:
    few, many = (bleu_interval(REFERENCES * n, HYPOTHESES * n, resamples=200) for n in (5, 50))
    score = translation_scores(REFERENCES, HYPOTHESES).bleu
    assert few.low < many.low < score < many.high < few.high


def test_comparison() -> None:
    references = REFERENCES * 20
    best = [refs[0] for refs in references]
    assert compare_bleu(references, best, best, resamples=100).p_value == 1
    assert compare_bleu(references, best, HYPOTHESES * 20, resamples=100).p_value < 0.05
    assert np.isfinite(compare_bleu(references, best, [""] * 60, resamples=100).difference)


def test_an_utterance_without_reference_is_named() -> None:
    with pytest.raises(InputError, match="utterance 1: no reference"):
        translation_scores([["a"], [""]], ["a", "b"])
    with pytest.raises(InputError, match="no utterance"):
        translation_scores([], [])
