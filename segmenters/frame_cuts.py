"""From frames to spans and back: what every segmenter of encoder frames shares."""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation, tile
from segmenters.speech import Frames


def frame_values(frames: Frames, width: int | None = None) -> npt.NDArray[np.float32]:
    """The frames of an utterance as an array [T, D].

    Args:
        frames: the utterance.
        width: D that is expected, where something has been fitted to frames of that width.

    Raises:
        SegmentationError: there is no frame, one is not finite, D is another, or hop or duration is not
            above 0.
    """
    values: npt.NDArray[np.float32] = frames.values.detach().float().cpu().numpy()
    if values.ndim != 2 or 0 in values.shape:
        raise _fault(frames, f"frames have the shape {list(values.shape)}, not [T, D]", "leave it out")
    if width is not None and values.shape[1] != width:
        remedy = "use the encoder that it was fitted with"
        raise _fault(frames, f"frames are {values.shape[1]} wide, {width} are expected", remedy)
    if bad := np.count_nonzero(~np.isfinite(values).all(axis=1)):
        raise _fault(frames, f"{bad} of {len(values)} frames are not finite", "look at its recording")
    if not (0 < frames.hop < math.inf and 0 < frames.duration < math.inf):
        fault = f"hop {frames.hop} s and duration {frames.duration} s must be above 0"
        raise _fault(frames, fault, "give seconds")
    return values


def cut(
    frames: Frames, boundaries: npt.NDArray[np.integer], method: str, settings: Mapping[str, Any]
) -> Segmentation:
    """Tile the utterance with the spans between boundaries.

    Args:
        frames: the utterance.
        boundaries: frames that begin a new span, ascending; those at or past either edge do not count.
        method: how they were found.
        settings: with which parameters.
    """
    times = boundaries * frames.hop
    inner = times[(times > 0) & (times < frames.duration)]
    return Segmentation(
        frames.id, frames.duration, tile([0.0, *inner.tolist(), frames.duration]), method, settings
    )


def slots(segmentation: Segmentation, hop: float, count: int) -> npt.NDArray[np.int64]:
    """The frames where one span gives way to the next, with both edges: [n], from 0 to `count`, ascending.

    Args:
        segmentation: where its spans leave a gap, the gap's middle counts.
        hop: seconds between frames.
        count: T, frames of the utterance.
    """
    times = np.array([(left.end + right.start) / 2 for left, right in pairwise(segmentation.spans)])
    inner = np.round(times / hop).astype(np.int64)
    return np.unique(np.concatenate([[0], inner[(inner > 0) & (inner < count)], [count]]))


def _fault(frames: Frames, what: str, remedy: str) -> SegmentationError:
    return SegmentationError(what, where=frames.id, remedy=remedy)
