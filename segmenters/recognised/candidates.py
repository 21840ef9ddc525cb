"""Every boundary worth considering: dips of loudness and peaks of change."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmenters.energy import EnergyConfig, EnergySegmenter
from segmenters.prominence import Prominence, ProminenceConfig
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames, Speech


@dataclass
class CandidatesConfig:
    """Which boundaries a joint search may choose from; of those too close, the first named here is kept.

    Attributes:
        dips: dips of loudness for each word that the rate expects.
        peaks: peaks of change between frames for each word that the rate expects.
        apart: least seconds between two of them.
    """

    dips: float = 2.2
    peaks: float = 2.5
    apart: float = 0.03


def candidate_boundaries(
    speech: Speech, frames: Frames, words_per_second: float, config: CandidatesConfig
) -> npt.NDArray[np.float64]:
    """Seconds, ascending, from 0 to the duration.

    Args:
        speech: the utterance.
        frames: what the encoder makes of it.
        words_per_second: the rate of words.
        config: how many.

    Raises:
        SegmentationError: the utterance cannot be cut.
    """
    loudness = EnergyConfig(config.dips * words_per_second, shortest=config.apart)
    peaks = ProminenceConfig(config.peaks * words_per_second, shortest=config.apart)
    found = [*EnergySegmenter(loudness).segment([speech]), *Prominence(peaks).segment([frames])]
    return apart(edges(found), speech.duration, config.apart)


def edges(found: Sequence[Segmentation]) -> list[float]:
    """Where the spans of some segmentations begin and end, in their order."""
    return [time for each in found for span in each.spans for time in (span.start, span.end)]


def apart(times: Sequence[float], duration: float, seconds: float) -> npt.NDArray[np.float64]:
    """Those times [n] that are more than so many seconds from each one kept before, with 0 and the duration."""
    kept = np.array([0.0, duration])
    for time in times:
        if np.abs(kept - time).min() > seconds:
            kept = np.append(kept, time)
    return np.sort(kept)
