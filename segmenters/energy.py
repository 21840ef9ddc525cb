"""Word boundaries where the loudness dips: no model, no training."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation, Span
from segmenters.speech import Speech

_HOP = 0.01
_WINDOW = 0.025
_QUIETEST_DB = -100.0
# Windows whose power is summed at once: a minute of them.
_STRETCH = 6000


@dataclass(frozen=True, slots=True)
class EnergyConfig:
    """How loudness becomes boundaries.

    Attributes:
        words_per_second: at most so many words a second of recording are kept, the deepest dips first.
        smoothing: standard deviation in seconds of the Gaussian over the loudness curve.
        shortest: least seconds between two boundaries.
        silence: silence is what stays below this share of the way from the utterance's quiet level (5th
            percentile of the curve in dB) to its loud one (95th percentile).
    """

    words_per_second: float
    smoothing: float = 0.015
    shortest: float = 0.1
    silence: float = 0.25

    def __post_init__(self) -> None:
        positive = self.words_per_second > 0 and self.smoothing > 0 and self.shortest > 0
        if not (positive and 0 <= self.silence < 1):
            raise SegmentationError(
                f"{self} is out of bounds", remedy="rates and times > 0, 0 <= silence < 1"
            )


def energy(id: str, samples: npt.NDArray[np.floating], rate: int, config: EnergyConfig) -> Segmentation:
    """Cut speech at the most prominent dips of its smoothed loudness.

    Silence at the utterance's edges and at the dips belongs to no word; elsewhere words meet at the dip.

    Args:
        id: the utterance.
        samples: its samples [n].
        rate: samples per second.
        config: rate of words and shape of the curve.

    Raises:
        SegmentationError: a sample is not finite, or there are fewer than one analysis window holds.
    """
    duration = len(samples) / rate
    if not np.isfinite(samples).all():
        fault = f"sample {int(np.argmin(np.isfinite(samples)))} is not finite"
        raise SegmentationError(fault, where=id, remedy="repair the recording or leave it out")
    if duration < _WINDOW:
        fault = f"lasts {duration:g} s, at least {_WINDOW} s are needed"
        raise SegmentationError(fault, where=id, remedy="leave it out")
    loudness = gaussian_filter1d(_loudness(samples, rate), config.smoothing / _HOP)
    loud = _loud(loudness, config.silence)
    dips = _deepest_dips(loudness, loud, round(duration * config.words_per_second) - 1, config.shortest)
    starts, ends = (_WINDOW / 2 + _HOP * edges for edges in _edges(dips, loud))
    spans = tuple(Span(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True))
    return Segmentation(id, duration, spans, "energy", asdict(config))


@dataclass(frozen=True, slots=True)
class EnergySegmenter:
    """The same as a `Segmenter`.

    Attributes:
        config: rate of words and shape of the curve.
    """

    config: EnergyConfig

    def segment(self, utterances: Sequence[Speech]) -> list[Segmentation]:
        """One segmentation an utterance, in their order."""
        return [energy(speech.id, speech.samples, speech.rate, self.config) for speech in utterances]


def _loudness(samples: npt.NDArray[np.floating], rate: int) -> npt.NDArray[np.float64]:
    """Decibels of each 25 ms window, one every 10 ms: [frames]."""
    width = round(_WINDOW * rate)
    starts = np.round(np.arange(0, (len(samples) - width) / rate + 1e-9, _HOP) * rate).astype(np.int64)
    stretches = np.split(starts, range(_STRETCH, len(starts), _STRETCH))
    mean = np.concatenate([_mean_power(samples, stretch, width) for stretch in stretches])
    decibels: npt.NDArray[np.float64] = 10 * np.log10(np.maximum(mean, 10 ** (_QUIETEST_DB / 10)))
    return decibels


def _mean_power(
    samples: npt.NDArray[np.floating], starts: npt.NDArray[np.int64], width: int
) -> npt.NDArray[np.float64]:
    """Mean square of the windows of `width` samples that begin at `starts`, ascending."""
    first = starts[0]
    heard = samples[first : starts[-1] + width].astype(np.float64)
    power = np.concatenate([[0.0], np.cumsum(heard**2)])
    means: npt.NDArray[np.float64] = (power[starts - first + width] - power[starts - first]) / width
    return means


def _loud(loudness: npt.NDArray[np.float64], silence: float) -> npt.NDArray[np.int64]:
    """The frames that are not silence, ascending; all of them where the signal has but one level."""
    floor, top = np.percentile(loudness, [5, 95])
    heard = np.flatnonzero(loudness > floor + silence * (top - floor))
    return heard if len(heard) else np.arange(len(loudness))


def _deepest_dips(
    loudness: npt.NDArray[np.float64], loud: npt.NDArray[np.int64], count: int, shortest: float
) -> npt.NDArray[np.int64]:
    """Frames of up to `count` minima within the loud frames, the most prominent ones, in order."""
    first, last = loud[0], loud[-1] + 1
    distance = max(1, round(shortest / _HOP))
    dips, shape = find_peaks(-loudness[first:last], distance=distance, prominence=0.0)
    deepest = np.argsort(-shape["prominences"], kind="stable")[: max(0, count)]
    frames: npt.NDArray[np.int64] = np.sort(dips[deepest]) + first
    return frames


def _edges(
    dips: npt.NDArray[np.int64], loud: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First frames of the words and the frames past their ends; a silent dip is as wide as its silence."""
    after = np.searchsorted(loud, dips)
    silent = loud[after] != dips
    ends, index = np.unique(np.where(silent, loud[after - 1] + 1, dips), return_index=True)
    starts = np.where(silent, loud[after], dips)[index]
    return np.append(loud[0], starts), np.append(ends, loud[-1] + 1)
