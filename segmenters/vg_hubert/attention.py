"""From CLS attention to words: thresholds, runs of frames, boundaries between them (Peng & Harwath 2022).

Runs are [n, 2] arrays in frames, [start, end). Runs inserted into long gaps (Peng et al. 2023, Syllable Discovery
and Cross-Lingual Generalization in a Visually Grounded, Self-Supervised Speech Model) may start between frames.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from segmenters.errors import SegmentationError

Runs = npt.NDArray[np.float64]

_INSERTED_FRAMES = 2


@dataclass(frozen=True, slots=True)
class AttentionConfig:
    """How attention becomes words.

    Attributes:
        layer: whose attention, from 0; 9 for both published models.
        quantile: of a head's attention, from which on a frame counts; published: 0.7 for VG-HuBERT_3,
            0.8 for VG-HuBERT_4.
        insertion: seconds; gaps longer than this between runs, or between them and the edges, receive runs of
            two frames every half of it. None inserts none.
    """

    layer: int = 9
    quantile: float = 0.7
    insertion: float | None = None

    def __post_init__(self) -> None:
        if not (
            self.layer >= 0 and 0 <= self.quantile <= 1 and (self.insertion is None or self.insertion > 0)
        ):
            raise SegmentationError(
                f"{self} is out of bounds", remedy="layer >= 0, 0 <= quantile <= 1, insertion > 0"
            )


def attended(attention: Tensor, quantile: float) -> Tensor:
    """Frames that some head attends to: [..., T] of attention [..., heads, T].

    A head's threshold is the quantile of its own attention over the frames.
    """
    # Not vectorised further: torch.quantile itself, so that ties and interpolation fall as published.
    threshold = torch.quantile(attention.float(), quantile, dim=-1, keepdim=True)
    return (attention >= threshold).any(dim=-2)


def runs_of(frames: npt.NDArray[np.bool_]) -> Runs:
    """Unbroken runs of attended frames, [n, 2]; those of one frame count only if there are no others.

    Args:
        frames: [T], whether attended.
    """
    edges = np.flatnonzero(np.diff(frames.astype(np.int8), prepend=0, append=0))
    runs = edges.reshape(-1, 2).astype(np.float64)
    longer = runs[runs[:, 1] - runs[:, 0] > 1]
    return longer if len(longer) else runs


def insert_runs(runs: Runs, frames: int, longest_gap: float) -> Runs:
    """Runs with others of two frames in each gap that is too long, in order.

    A gap of g frames receives ⌊g / (longest_gap / 2)⌋ − 1 of them. The published code passes over the gap
    between the first and the second run, and over that behind a single run; here all gaps are looked at.

    Args:
        runs: [n, 2] in frames.
        frames: T, how many there are.
        longest_gap: in frames.

    Raises:
        SegmentationError: inserted runs would overlap.
    """
    spacing = longest_gap / 2
    if spacing < _INSERTED_FRAMES:
        fault = f"runs would be inserted every {spacing:.2f} frames, each lasts {_INSERTED_FRAMES}"
        raise SegmentationError(fault, remedy="insert at longer gaps")
    lefts, rights = np.append(0.0, runs[:, 1]), np.append(runs[:, 0], float(frames))
    gaps = rights - lefts
    counts = np.where(gaps > longest_gap, np.floor(gaps / spacing) - 1, 0).astype(np.int64)
    nth = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    starts = np.repeat(lefts, counts) + nth * spacing
    inserted = np.stack([starts, np.floor(starts) + _INSERTED_FRAMES], axis=1)
    together = np.concatenate([runs, inserted])
    return together[np.argsort(together[:, 0], kind="stable")]


def word_boundaries(runs: Runs, frames: int, duration: float) -> npt.NDArray[np.float64]:
    """Seconds, ascending: 0, the middle of each gap between runs, the duration.

    A frame lasts duration / frames, as published, not quite its nominal 20 ms.
    """
    middles = (runs[:-1, 1] + runs[1:, 0]) / 2
    return np.concatenate([[0.0], middles * (duration / frames), [duration]])


def mean_pool(features: Tensor, attention: Tensor) -> Tensor:
    """The mean frame."""
    return features.mean(dim=0)


def max_pool(features: Tensor, attention: Tensor) -> Tensor:
    """The frame that the heads together attend to most."""
    return features[attention.sum(dim=0).argmax()]


def median_pool(features: Tensor, attention: Tensor) -> Tensor:
    """The frame in the middle."""
    return features[len(features) // 2]


def weighted_pool(features: Tensor, attention: Tensor) -> Tensor:
    """The mean frame, each frame weighted with the attention that the heads together give it."""
    weights = attention.sum(dim=0)
    return weights @ features / weights.sum()


def pool_runs(
    features: Tensor, attention: Tensor, runs: Runs, pool: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """One vector a run, [n, D].

    Args:
        features: [T, D], what leaves the layer.
        attention: [heads, T], its CLS attention.
        runs: [n, 2] in frames.
        pool: `mean_pool`, `max_pool`, `median_pool` or `weighted_pool`, called with the features [m, D] and
            the attention [heads, m] of the frames of a run.
    """
    spans = zip(np.floor(runs[:, 0]).astype(int), np.ceil(runs[:, 1]).astype(int), strict=True)
    return torch.stack([pool(features[start:end], attention[:, start:end]) for start, end in spans])
