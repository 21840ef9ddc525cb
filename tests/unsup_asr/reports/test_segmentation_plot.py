"""The picture of an utterance has its size and shows what it is given."""

import numpy as np
import pytest
from PIL import Image

from segmenters.segmentation import Segmentation, tile
from segmenters.speech import Speech
from unsup_asr.reports.segmentation_plot import LONGEST, plot_segmentation


def speech(seconds: float) -> Speech:
    noise = np.random.default_rng(0).standard_normal(round(16000 * seconds))
    return Speech("u", (0.1 * noise).astype(np.float32), 16000)


def drawn(tmp_path, boundaries, attention=None, seconds=1.0) -> np.ndarray:
    words = Segmentation("u", seconds, tile(boundaries), "energy")
    plot_segmentation(tmp_path / "plot.png", speech(seconds), words, attention)
    return np.asarray(Image.open(tmp_path / "plot.png").convert("RGB")).astype(int)


@pytest.mark.parametrize(("heads", "height"), [(0, 480), (3, 720)])
def test_the_size_is_that_of_the_panels(tmp_path, heads, height):
    attention = np.random.default_rng(0).random((heads, 49)) if heads else None
    assert drawn(tmp_path, [0.0, 0.5, 1.0], attention).shape == (height, 1200, 3)


def test_a_boundary_stands_where_it_is(tmp_path):
    """Two pictures that differ in one boundary differ around its two places alone, in the upper panel."""
    one, other = (drawn(tmp_path, [0.0, middle, 1.0]) for middle in (0.25, 0.75))
    changed = np.flatnonzero((one != other)[:200].any(axis=(0, 2)))
    shares = (changed - changed.min()) / (changed.max() - changed.min())
    assert (np.minimum(shares, 1 - shares) < 0.02).all()
    assert 0.4 < (changed.max() - changed.min()) / 1200 < 0.5


def test_long_utterances_are_cut_off(tmp_path):
    boundaries = [0.0, 1.0, LONGEST + 10]
    assert drawn(tmp_path, boundaries, seconds=LONGEST + 10).shape == (480, 1200, 3)
