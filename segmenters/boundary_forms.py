"""The forms in which boundary logits become segments with gradients, interchangeable in training.

`PeakTimes` moves boundaries that are there; `SoftShares` and `FiredWeights` lay a segment's worth of probability
around each boundary, so that every frame's logit has a gradient. Shapes as in `assignment`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import torch
from torch import Tensor

from segmenters.assignment import Assignment, may_begin
from segmenters.boundary_head import BoundaryHead, pad_frames
from segmenters.boundary_peaks import METHOD, PeakConfig, find_peaks, soft_times
from segmenters.cif import integrate_and_fire, rescale
from segmenters.segmentation import Segmentation, tile
from segmenters.soft_pooling import soft_segments
from segmenters.speech import Frames


class BoundaryForm(Protocol):
    """Cuts utterances by boundary logits, with gradients."""

    def __call__(self, logits: Tensor, mask: Tensor, counts: Tensor) -> Assignment:
        """Cut by logits [B, T] where mask [B, T] is true; counts [B] are the boundaries expected."""
        ...


@dataclass(frozen=True)
class PeakTimes:
    """Segments between the peaks, whose times have gradients, however many are expected; see `soft_times`.

    Attributes:
        reach: frames to either side over which a peak must rise, at least one.
        threshold: least probability of a peak.
    """

    reach: int = 2
    threshold: float = 0.5

    def __call__(self, logits: Tensor, mask: Tensor, counts: Tensor) -> Assignment:
        """As many boundaries as there are peaks."""
        peaks = find_peaks(logits.detach(), mask, self.reach, self.threshold)
        return soft_times(logits, peaks, mask, self.reach)


@dataclass(frozen=True)
class SoftShares:
    """Soft pooling; the probabilities are scaled to sum to the count. See `soft_segments`."""

    def __call__(self, logits: Tensor, mask: Tensor, counts: Tensor) -> Assignment:
        """As many boundaries as expected."""
        return soft_segments(rescale(logits.sigmoid(), may_begin(mask), counts), mask)


@dataclass(frozen=True)
class FiredWeights:
    """Continuous integrate-and-fire, the probabilities scaled to sum to the count; see `integrate_and_fire`.

    Half a unit is there from the beginning, so that it fires in the middle of each boundary's probability.
    """

    def __call__(self, logits: Tensor, mask: Tensor, counts: Tensor) -> Assignment:
        """As many boundaries as expected."""
        scaled = rescale(logits.sigmoid(), may_begin(mask), counts)
        alphas = torch.cat([torch.full_like(scaled[:, :1], 0.5), scaled[:, 1:]], dim=1)
        return integrate_and_fire(alphas, mask, counts + 1)


def counted_peaks(logits: Tensor, mask: Tensor, reach: int, threshold: float) -> Tensor:
    """Peaks as ones [B, T] with the gradient of their probabilities, straight through: for losses that count.

    Args:
        logits: [B, T].
        mask: [B, T], true where a frame stands.
        reach: frames to either side over which a peak must rise, at least one.
        threshold: least probability of a peak.
    """
    probabilities = logits.sigmoid()
    peaks = find_peaks(logits.detach(), mask, reach, threshold).to(logits.dtype)
    return peaks + (probabilities - probabilities.detach())


class FormSegmenter:
    """Finds words as a form cuts them, for a head that was fine-tuned through it; a `FrameSegmenter`.

    Args:
        head: the boundary head.
        form: how its logits become segments.
        peaks: which peaks are counted as the boundaries expected.
    """

    def __init__(self, head: BoundaryHead, form: BoundaryForm, peaks: PeakConfig) -> None:
        self.head, self.form, self.peaks = head, form, peaks

    @torch.no_grad()
    def segment(self, utterances: Sequence[Frames]) -> list[Segmentation]:
        """One segmentation an utterance; its spans tile it.

        Raises:
            SegmentationError: an utterance has no frames, frames that are not finite, or of other channels.
        """
        return [self._spans(utterance) for utterance in utterances]

    def _spans(self, utterance: Frames) -> Segmentation:
        batch = pad_frames([utterance])
        logits = self.head.eval()(batch.values, batch.mask)
        reach = self.peaks.reach(utterance.hop)
        counts = find_peaks(logits, batch.mask, reach, self.peaks.threshold).sum(dim=1)
        borders = self.form(logits, batch.mask, counts).borders()[0, :-1]
        inner = {time for time in (borders * utterance.hop).tolist() if 0 < time < utterance.duration}
        times = [0.0, *sorted(inner), utterance.duration]
        settings = {"form": type(self.form).__name__, **asdict(self.peaks)}
        return Segmentation(utterance.id, utterance.duration, tile(times), METHOD, settings)
