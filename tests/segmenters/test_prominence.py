"""Prominence: steps between planted stretches."""

import numpy as np
import pytest
import torch

from segmenters.prominence import Prominence, ProminenceConfig, change
from segmenters.speech import Frames


def stairs(noise: float) -> Frames:
    """Four steady sounds, from frames 0, 12, 30 and 41 to 60."""
    chance = np.random.default_rng(2)
    values = np.repeat(chance.normal(size=(4, 6)), [12, 18, 11, 19], axis=0)
    return Frames("a", torch.from_numpy(values + noise * chance.normal(size=values.shape)).float(), 0.02, 1.2)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_steps_are_found(noise):
    spans = Prominence(ProminenceConfig(4 / 1.2)).segment([stairs(noise)])[0].spans
    assert [span.start / 0.02 for span in spans] == pytest.approx([0, 12, 30, 41])


def test_prominence_decides_alone_where_no_rate_is_given():
    frames = stairs(0.1)
    assert len(Prominence(ProminenceConfig(None, prominence=0.3)).segment([frames])[0].spans) == 4
    assert len(Prominence(ProminenceConfig(None)).segment([frames])[0].spans) > 8


def test_the_curve_is_the_distance_between_neighbours():
    values = np.array([[0.0, 1.0], [0.0, 1.0], [2.0, 1.0], [2.0, 1.0]], dtype=np.float32)
    np.testing.assert_allclose(change(values, 0.1), [0, np.sqrt(2), 0], atol=1e-6)
