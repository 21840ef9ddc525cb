"""A boundary head's threshold without gold: the one at which words come as fast as they should.

What a head says of a frame is no calibrated probability: it was taught neighbouring frames, too, and boundaries
weighed more than the rest. How many words there are a second follows from unpaired text and the mean length of
utterances.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from segmenters.boundary_head import BoundaryHead, pad_frames
from segmenters.boundary_peaks import PeakConfig, find_peaks
from segmenters.errors import SegmentationError
from segmenters.speech import Frames

# Utterances that the head sees at once.
_BATCH = 32
# Least probability of what counts as a peak at all.
_LOWEST = 1e-6


@torch.no_grad()
def set_rate(
    head: BoundaryHead, peaks: PeakConfig, utterances: Sequence[Frames], words_per_second: float
) -> None:
    """Shift a head's logits, in place, so that its peaks cut utterances at a rate of words in the mean.

    Args:
        head: trained.
        peaks: which of its peaks are boundaries.
        utterances: some unlabelled ones.
        words_per_second: the rate; where there are fewer peaks of whatever height, all become boundaries.

    Raises:
        SegmentationError: there is no utterance, or the rate is not above 0.
    """
    if not utterances or not words_per_second > 0:
        fault = f"{len(utterances)} utterances and {words_per_second} words a second tell no threshold"
        raise SegmentationError(fault, remedy="give some utterances and a rate above 0")
    words = words_per_second * sum(each.duration for each in utterances)
    heights = _heights(head, peaks, utterances).sort(descending=True).values
    if not len(heights):
        return
    wanted = min(max(0, round(words) - len(utterances)), len(heights))
    # Between the last peak that is to be a boundary and the first that is not.
    level = float(heights[max(0, wanted - 1) : wanted + 1].mean())
    last = head.convolutions[-1]
    assert isinstance(last, nn.Conv1d) and last.bias is not None
    last.bias += math.log(peaks.threshold / (1 - peaks.threshold)) - level


def _heights(head: BoundaryHead, peaks: PeakConfig, utterances: Sequence[Frames]) -> Tensor:
    """The logits [n] of all peaks of the utterances."""
    head.eval()
    found = []
    for first in range(0, len(utterances), _BATCH):
        batch = pad_frames(utterances[first : first + _BATCH])
        logits = head(batch.values, batch.mask)
        found.append(logits[find_peaks(logits, batch.mask, peaks.reach(utterances[0].hop), _LOWEST)])
    return torch.cat(found)
