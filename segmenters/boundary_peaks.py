"""From boundary logits to word spans: peaks, picked by a threshold that needs no speaking rate."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor
from torch.nn import functional

from segmenters.assignment import Assignment, assign_between, may_begin
from segmenters.boundary_head import BoundaryHead, pad_frames
from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation, tile
from segmenters.speech import Frames

METHOD = "boundary_head"
# Utterances that the head sees at once.
_BATCH = 32


@dataclass(frozen=True)
class PeakConfig:
    """Which peaks are boundaries.

    Attributes:
        threshold: least probability of a boundary.
        separation: seconds between neighbouring boundaries at least.
        words_per_second: most words a second, the highest peaks first; None leaves it to the threshold.

    Raises:
        SegmentationError: a value is out of bounds.
    """

    threshold: float = 0.5
    separation: float = 0.06
    words_per_second: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise SegmentationError(
                f"threshold is {self.threshold}, not within 0–1", remedy="give a probability"
            )
        if not self.separation >= 0:
            raise SegmentationError(f"separation is {self.separation} s, below 0", remedy="give seconds")
        if self.words_per_second is not None and not self.words_per_second > 0:
            fault = f"words_per_second is {self.words_per_second}"
            raise SegmentationError(fault, remedy="give a rate above 0, or none")

    def reach(self, hop: float) -> int:
        """The frames to either side, `hop` seconds each, over which a peak must rise; at least one."""
        return max(1, round(self.separation / hop) - 1)


def find_peaks(logits: Tensor, mask: Tensor, reach: int, threshold: float) -> Tensor:
    """[B, T], true at frames that are likelier than the threshold and than the `reach` frames to either side.

    Of equals, the first is the peak.

    Args:
        logits: [B, T], of a boundary at each frame.
        mask: [B, T], true where a frame stands.
        reach: frames, at least one.
        threshold: least probability.
    """
    heights = logits.masked_fill(~may_begin(mask), -math.inf)
    bordered = functional.pad(heights, (reach, reach), value=-math.inf)
    highest = functional.max_pool1d(bordered[:, None], reach, stride=1)[
        :, 0
    ]  # of the frames t … t + reach − 1
    left, right = highest[:, : logits.shape[1]], highest[:, reach + 1 :]
    return (heights > left) & (heights >= right) & (heights >= math.log(threshold / (1 - threshold)))


def soft_times(logits: Tensor, peaks: Tensor, mask: Tensor, reach: int) -> Assignment:
    """Segments between peaks whose times have gradients: each lies at the mean of its surroundings.

    The time of a peak is the mean of the frames within `reach`, weighed by the softmax of their logits (a local
    soft-argmax), so moving logits moves boundaries by fractions of a frame. How many there are does not change:
    that is for the losses of counts, or for `boundary_policy`.

    Args:
        logits: [B, T].
        peaks: [B, T], what `find_peaks` found with the same reach.
        mask: [B, T], true where a frame stands.
        reach: frames.
    """
    counts = peaks.sum(dim=1)
    rows, places = peaks.nonzero(as_tuple=True)
    around = places[:, None] + torch.arange(-reach, reach + 1, device=logits.device)
    inside = around.clamp(0, logits.shape[1] - 1)
    heights = logits.masked_fill(~may_begin(mask), -math.inf)[rows[:, None], inside]
    weights = heights.masked_fill(around != inside, -math.inf).softmax(dim=1)
    borders = logits.new_zeros(len(logits), int(counts.max()))
    order = (peaks.cumsum(dim=1) - 1)[rows, places]
    return assign_between(borders.index_put((rows, order), (weights * around).sum(dim=1)), counts, mask)


class HeadSegmenter:
    """Finds words with a boundary head; a `FrameSegmenter`.

    Args:
        head: the boundary head.
        config: which peaks are boundaries.
    """

    def __init__(self, head: BoundaryHead, config: PeakConfig) -> None:
        self.head, self.config = head, config

    @torch.no_grad()
    def segment(self, utterances: Sequence[Frames]) -> list[Segmentation]:
        """One segmentation an utterance; its spans tile it.

        Raises:
            SegmentationError: an utterance has no frames, frames that are not finite, or of other channels.
        """
        found = []
        for first in range(0, len(utterances), _BATCH):
            part = utterances[first : first + _BATCH]
            batch = pad_frames(part)
            logits = self.head.eval()(batch.values, batch.mask)
            found += [
                self._spans(utterance, row[: len(utterance.values)])
                for utterance, row in zip(part, logits, strict=True)
            ]
        return found

    def _spans(self, utterance: Frames, logits: Tensor) -> Segmentation:
        config, mask = self.config, torch.ones_like(logits, dtype=torch.bool)
        mask &= torch.arange(len(logits), device=logits.device) * utterance.hop < utterance.duration
        reach = config.reach(utterance.hop)
        places = find_peaks(logits[None], mask[None], reach, config.threshold)[0].nonzero()[:, 0]
        if config.words_per_second is not None:
            room = max(1, round(utterance.duration * config.words_per_second)) - 1
            places = places[logits[places].argsort(descending=True, stable=True)[:room]].sort().values
        times = [0.0, *(places * utterance.hop).tolist(), utterance.duration]
        return Segmentation(utterance.id, utterance.duration, tile(times), METHOD, asdict(config))
