"""GradSeg against values that the published code (MLSpeech/GradSeg) gave."""

import numpy as np
import pytest
import torch

from segmenters.gradseg import GradSegConfig, fit_gradseg, gradient, separate_peaks
from segmenters.speech import Frames

WALK = np.random.default_rng(7).standard_normal((60, 5)).cumsum(0).round(2)
LABELS = "001111101010101001011000110100101010011101111101111101110110"
WALKING = Frames("walk", torch.from_numpy(WALK), 0.02, 1.2)


def test_pseudo_labels_are_the_published_ones():
    change = gradient(WALK)
    np.testing.assert_allclose(change[:6], [0.0, 1.018814, 3.030871, 2.269586, 3.230729, 3.729443], atol=1e-6)
    assert "".join("01"[int(mark)] for mark in change > np.percentile(change, 40)) == LABELS


def test_scores_and_peaks_are_the_published_ones():
    model = fit_gradseg([WALKING], GradSegConfig(words_per_second=5.0))
    expected = [0.596991142, 0.597073043, 0.597186696, 0.597978508, 0.598392464, 0.59856406]
    np.testing.assert_allclose(model.scores(WALK.astype(np.float32))[:6], expected, atol=1e-8)
    starts = [span.start / 0.02 for span in model.segment([WALKING])[0].spans[1:]]
    assert starts == pytest.approx([26, 31, 36, 45, 53, 59])


def test_peaks_are_the_highest_and_apart():
    scores = np.array([0.0, 5, 4, 3, 0, 0, 2, 9, 1])
    assert separate_peaks(scores, 3, 1).tolist() == [1, 3, 7]
    assert separate_peaks(scores, 9, 3).tolist() == [1, 7]
    assert separate_peaks(scores, 0, 3).tolist() == []


def test_frames_that_announce_a_change_are_found():
    # A word's last two frames carry a mark of their own, as closures do in speech.
    values = 0.1 * torch.randn(400, 4, generator=torch.Generator().manual_seed(0))
    values[18::20, 2] += 3
    values[19::20, 2] += 3
    found = fit_gradseg([Frames("a", values, 0.02, 8.0)], GradSegConfig(2.5, percentile=80)).segment(
        [Frames("a", values, 0.02, 8.0)]
    )
    frames = np.array([span.start / 0.02 for span in found[0].spans[1:]]).round().astype(int)
    assert len(frames) == 20
    assert set(frames % 20) <= {18, 19}


def test_a_constant_channel_says_nothing():
    still = Frames("a", torch.cat([WALKING.values, torch.ones(60, 1)], dim=1), 0.02, 1.2)
    assert fit_gradseg([still], GradSegConfig(5.0)).weights[-1] == 0
