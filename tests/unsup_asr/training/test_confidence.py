"""Utterances weigh as much as the teachers are sure of them, and all of them as much as before."""

import pytest
import torch

from tests.unsup_asr.training.dense_targets import dense
from unsup_asr.data.spoken_words import layout_of
from unsup_asr.errors import UsageError
from unsup_asr.training.confidence import utterance_confidence, weighted_by_confidence
from unsup_asr.training.self_training import SelfTrainingConfig
from unsup_asr.training.soft_targets import SoftTargets

# Two utterances of two segments and of one; the third hypothesis of the first segment says what the first says.
TARGETS = SoftTargets(
    torch.tensor([[1, 2, 1], [3, 3, 3], [2, 1, 0]]),
    torch.tensor([[0.4, 0.4, 0.2], [0.5, 0.3, 0.2], [0.4, 0.3, 0.3]]),
    4,
)
LAYOUT = layout_of([2, 1])


def test_confidence_is_the_mean_probability_of_what_the_best_hypothesis_says():
    torch.testing.assert_close(utterance_confidence(TARGETS, LAYOUT), torch.tensor([0.8, 0.4]))


def test_an_utterance_without_segments_is_not_sure_at_all():
    sure = utterance_confidence(TARGETS, layout_of([2, 0, 1]))
    torch.testing.assert_close(sure, torch.tensor([0.8, 0.0, 0.4]))


@pytest.mark.parametrize("exponent", [1.0, 4.0])
def test_segments_weigh_their_utterances_confidence(exponent):
    weights = dense(weighted_by_confidence(TARGETS, LAYOUT, exponent)).sum(dim=1)
    assert float(weights.mean()) == pytest.approx(1)
    assert float(weights[0]) == pytest.approx(float(weights[1]))
    assert float(weights[0] / weights[2]) == pytest.approx(2**exponent, rel=1e-5)


def test_targets_keep_their_shape():
    before, after = dense(TARGETS), dense(weighted_by_confidence(TARGETS, LAYOUT, 2.0))
    torch.testing.assert_close(after / after.sum(dim=1, keepdim=True), before)


def test_at_nought_nothing_is_touched():
    assert weighted_by_confidence(TARGETS, LAYOUT, 0.0) is TARGETS


@pytest.mark.parametrize("exponents", [[], [0.0, -1.0]])
def test_exponents_that_cannot_be_are_refused(exponents):
    with pytest.raises(UsageError, match=r"self_training: confidence is .* exponents from 0 on"):
        SelfTrainingConfig(confidence=exponents)
