"""Word boundaries where neighbouring frames differ most.

Malan, van Niekerk & Kamper, "Unsupervised Word Discovery: Boundary Detection with Clustering vs. Dynamic
Programming", 2024.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from segmenters.errors import SegmentationError
from segmenters.frame_cuts import cut, frame_values
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames


@dataclass(frozen=True, slots=True)
class ProminenceConfig:
    """Which peaks of the distance between neighbouring frames are boundaries.

    Attributes:
        words_per_second: at most so many words a second, the most prominent peaks first; none keeps all.
        prominence: least prominence of a peak, in units of the distance curve (Euclidean, over frames
            standardised per utterance and divided by the root of their width).
        smoothing: standard deviation in seconds of the Gaussian over the curve; it keeps a peak where it is,
            where a moving average would flatten it.
        shortest: least seconds between two boundaries.
    """

    words_per_second: float | None
    prominence: float = 0.0
    smoothing: float = 0.02
    shortest: float = 0.04

    def __post_init__(self) -> None:
        rate = self.words_per_second is None or self.words_per_second > 0
        if not (rate and self.prominence >= 0 and self.smoothing > 0 and self.shortest > 0):
            raise SegmentationError(f"{self} is out of bounds", remedy="rates and times > 0, prominence >= 0")


@dataclass(frozen=True, slots=True)
class Prominence:
    """The segmenter; it learns nothing.

    Attributes:
        config: which peaks count.
    """

    config: ProminenceConfig

    def segment(self, utterances: Sequence[Frames]) -> list[Segmentation]:
        """Cut at prominent peaks of change; see `FrameSegmenter`."""
        return [self._segment(frames) for frames in utterances]

    def _segment(self, frames: Frames) -> Segmentation:
        curve = change(frame_values(frames), self.config.smoothing / frames.hop)
        gap = max(1, round(self.config.shortest / frames.hop))
        peaks, shape = find_peaks(curve, distance=gap, prominence=self.config.prominence)
        rate = self.config.words_per_second
        count = len(peaks) if rate is None else max(0, round(frames.duration * rate) - 1)
        kept = np.sort(np.argsort(-shape["prominences"], kind="stable")[:count])
        return cut(frames, peaks[kept] + 1, "prominence", asdict(self.config))


def change(values: npt.NDArray[np.float32], deviation: float) -> npt.NDArray[np.float64]:
    """Distance of each frame of [T, D] to the next, smoothed by a Gaussian, [T - 1].

    Args:
        values: the frames.
        deviation: standard deviation of the Gaussian in frames.
    """
    scale = values.std(axis=0)
    standard = (values - values.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    distance = np.sqrt(np.square(np.diff(standard, axis=0)).mean(axis=1, dtype=np.float64))
    curve: npt.NDArray[np.float64] = gaussian_filter1d(distance, deviation) if len(distance) else distance
    return curve
