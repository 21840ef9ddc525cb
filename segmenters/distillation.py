"""Teaching a boundary head what any segmenter found.

Learning from a system's own noisy boundaries often ends above it (wav2boundaries, Algayres et al. 2023); and a
segmenter without gradients, such as VG-HuBERT's quantile, becomes one with gradients.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from segmenters.assignment import may_begin
from segmenters.errors import SegmentationError
from segmenters.metrics.boundaries import inner_boundaries
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames


@dataclass
class DistillationTargets:
    """What the head is to say.

    Attributes:
        tolerance: seconds to either side of a boundary over which the target falls from 1 to 0.
        positive_weight: what a boundary weighs against a frame without one, which are many more.

    Raises:
        SegmentationError: a value is out of bounds.
    """

    tolerance: float = 0.02
    positive_weight: float = 3.0

    def __post_init__(self) -> None:
        if not (self.tolerance >= 0 and self.positive_weight > 0):
            fault = f"tolerance is {self.tolerance} s, positive_weight {self.positive_weight}"
            raise SegmentationError(fault, remedy="give a tolerance of 0 or more and a weight above 0")


def boundary_targets(segmentation: Segmentation, frames: Frames, tolerance: float) -> Tensor:
    """Targets [T]: 1 at the frame that begins nearest to a boundary, falling to 0 beyond the tolerance.

    Boundaries are those that the metrics count: starts and ends of spans, less the first and the last.

    Args:
        segmentation: what a segmenter found.
        frames: those of the same utterance.
        tolerance: seconds.

    Raises:
        SegmentationError: they are of different utterances.
    """
    if segmentation.id != frames.id:
        fault = f"the frames are those of {frames.id!r}"
        raise SegmentationError(fault, where=segmentation.id, remedy="pair them by id")
    places = torch.from_numpy(inner_boundaries(segmentation) / frames.hop).round()
    width = round(tolerance / frames.hop) + 1
    numbers = torch.arange(len(frames.values))
    nearness = 1 - (numbers - places[:, None]).abs() / width
    nothing = torch.zeros(1, len(numbers), dtype=torch.float64)
    return torch.cat([nothing, nearness]).amax(dim=0).float()


def distillation_loss(logits: Tensor, targets: Tensor, mask: Tensor, positive_weight: float) -> Tensor:
    """Weighted binary cross-entropy, −w y log p − (1 − y) log(1 − p), mean over frames that may be boundaries.

    Before fine-tuning it gives the boundaries to begin with (JSTTI and REBORN both need them); beside it, with a
    small weight, it keeps them from drifting away.

    Args:
        logits: [B, T].
        targets: y [B, T], 0–1.
        mask: [B, T], true where a frame stands.
        positive_weight: w.
    """
    allowed = may_begin(mask)
    weight = logits.new_tensor(positive_weight)
    return functional.binary_cross_entropy_with_logits(logits[allowed], targets[allowed], pos_weight=weight)
