"""Pictures of rows of handwritten digits.

The digits are real handwriting: scikit-learn's copy of the UCI optical digits (Alpaydin & Kaynak 1998).
"""

from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

CELL = 32
_JITTER = 2
_SIZES = (26, 32)
_PAPER = np.array([243.0, 238.0, 226.0])
_INK = np.array([36.0, 40.0, 74.0])
_GRAIN = 3.0

# Shares of the handwritten digits, no image in two of them. CLIP learns from others than speech does.
_SHARES = {"clip_train": 0.45, "clip_validation": 0.1, "train": 0.25, "validation": 0.1, "test": 0.1}
SPLITS = tuple(_SHARES)


def draw_row(digits: list[int], split: str, slots: int, rng: np.random.Generator) -> Image.Image:
    """Draw digits side by side, in the order given, on a strip of paper.

    Args:
        digits: what to draw; at most `slots` of them.
        split: whose handwriting to use, one of SPLITS.
        slots: cells of the strip; the picture measures 32·slots × 32 px however many are filled.
        rng: draws the handwriting, the place of the row, size, jitter and paper grain.
    """
    strokes = np.zeros((CELL, CELL * slots))
    left = CELL * int(rng.integers(0, slots - len(digits) + 1))
    for place, digit in enumerate(digits):
        _draw_digit(strokes, left + CELL * place, handwriting(split)[digit], rng)
    paper = _PAPER + _GRAIN * rng.standard_normal((*strokes.shape, 1))
    pixels = paper + strokes[..., None] * (_INK - paper)
    return Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))


def _draw_digit(
    strokes: npt.NDArray[np.float64], left: int, samples: npt.NDArray[np.uint8], rng: np.random.Generator
) -> None:
    """Put one of the samples [n, 8, 8] into the cell that starts at pixel `left`, a little off its centre."""
    size = int(rng.integers(_SIZES[0], _SIZES[1] + 1))
    image = Image.fromarray(samples[rng.integers(len(samples))]).resize(
        (size, size), Image.Resampling.BICUBIC
    )
    room = CELL - size
    dx, dy = np.clip(room // 2 + rng.integers(-_JITTER, _JITTER + 1, size=2), 0, room)
    strokes[dy : dy + size, left + dx : left + dx + size] = np.asarray(image, dtype=np.float64) / 255


def handwriting(split: str) -> list[npt.NDArray[np.uint8]]:
    """The samples [n, 8, 8] of each digit that belong to a split, 0 paper to 255 ink."""
    return _shared_out()[split]


@cache
def _shared_out() -> dict[str, list[npt.NDArray[np.uint8]]]:
    from sklearn.datasets import load_digits

    data = load_digits()
    images = np.round(data.images * (255 / 16)).astype(np.uint8)
    rng = np.random.default_rng(0)
    shares: dict[str, list[npt.NDArray[np.uint8]]] = {split: [] for split in SPLITS}
    ends = np.cumsum(list(_SHARES.values()))
    for digit in range(10):
        samples = images[rng.permutation(np.flatnonzero(data.target == digit))]
        parts = np.split(samples, np.round(ends[:-1] * len(samples)).astype(int))
        for split, part in zip(SPLITS, parts, strict=True):
            shares[split].append(part)
    return shares
