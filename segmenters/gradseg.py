"""Word boundaries where frames change fast, as a linear model has learned to tell from single frames.

GradSeg: Fuchs & Hoshen, "Unsupervised Word Segmentation Using Temporal Gradient Pseudo-Labels", ICASSP 2023.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from segmenters.errors import SegmentationError
from segmenters.fitted import load_fitted, save_fitted
from segmenters.frame_cuts import cut, frame_values
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames

_METHOD = "gradseg"


@dataclass(frozen=True, slots=True)
class GradSegConfig:
    """The published settings, for frames every 20 ms.

    Attributes:
        words_per_second: boundaries a second of speech, from statistics of the language.
        separation: two boundaries are more than so many frames apart.
        percentile: frames whose gradient lies above this percentile of all are the positive examples.
        ridge: weight of the squared norm of the linear model against the summed squared errors.
    """

    words_per_second: float
    separation: int = 4
    percentile: float = 40.0
    ridge: float = 1e4

    def __post_init__(self) -> None:
        if not (self.words_per_second > 0 and self.separation >= 0 and self.ridge > 0):
            raise SegmentationError(f"{self} is out of bounds", remedy="rate and ridge > 0, separation >= 0")
        if not 0 < self.percentile < 100:
            raise SegmentationError(f"{self} is out of bounds", remedy="0 < percentile < 100")


@dataclass(frozen=True, slots=True, eq=False)
class GradSeg:
    """A fitted GradSeg: frames to boundary scores.

    Attributes:
        config: its settings.
        weights: [D], of the frame's channels.
        bias: a scalar [].
    """

    config: GradSegConfig
    weights: torch.Tensor
    bias: torch.Tensor

    def segment(self, utterances: Sequence[Frames]) -> list[Segmentation]:
        """Cut at the frames of the highest scores; see `FrameSegmenter`."""
        return [self._segment(frames) for frames in utterances]

    def scores(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """How much each frame of [T, D] looks like a boundary: [T]."""
        scores: npt.NDArray[np.float64] = values @ self.weights.numpy() + self.bias.numpy()
        return scores

    def save(self, folder: str | Path) -> None:
        """Write it into a folder."""
        save_fitted(folder, _METHOD, asdict(self.config), {"weights": self.weights, "bias": self.bias})

    @classmethod
    def load(cls, folder: str | Path) -> "GradSeg":
        """Read what `save` wrote."""
        config, tensors = load_fitted(folder, _METHOD)
        return cls(GradSegConfig(**config), tensors["weights"], tensors["bias"])

    def _segment(self, frames: Frames) -> Segmentation:
        values = frame_values(frames, len(self.weights))
        # A rate whose product falls a rounding error short of a whole number means that number.
        count = int(len(values) * frames.hop * self.config.words_per_second + 1e-9)
        peaks = separate_peaks(self.scores(values), count, self.config.separation)
        return cut(frames, peaks, _METHOD, asdict(self.config))


def fit_gradseg(utterances: Sequence[Frames], config: GradSegConfig) -> GradSeg:
    """Learn from unlabelled utterances (a hundred are enough) to tell fast changes from single frames.

    Raises:
        SegmentationError: an utterance cannot be used, or there is none.
    """
    if not utterances:
        raise SegmentationError("there is no utterance to learn from", remedy="give some")
    values = [frame_values(frames, utterances[0].values.shape[-1]) for frames in utterances]
    change = np.concatenate([gradient(each) for each in values])
    labels = (change > np.percentile(change, config.percentile)).astype(np.float64)
    weights, bias = _ridge(np.concatenate(values).astype(np.float64), labels, config.ridge)
    return GradSeg(config, torch.from_numpy(weights), torch.tensor(bias, dtype=torch.float64))


def gradient(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Mean squared difference of the frames before and after each frame of [T, D]: [T]."""
    # As published, channels are reflected at their edges too, so that the last but one counts twice.
    padded = np.pad(values, 1, mode="reflect")
    change: npt.NDArray[np.float32] = np.square(padded[2:] - padded[:-2]).mean(axis=1)
    return change


def separate_peaks(scores: npt.NDArray[np.floating], count: int, separation: int) -> npt.NDArray[np.int64]:
    """Up to `count` frames of the highest scores [T], each more than `separation` from the others, in order."""
    left = scores.astype(np.float64, copy=True)
    peaks: list[int] = []
    while len(peaks) < count and left.max() > -np.inf:
        peak = int(left.argmax())
        peaks.append(peak)
        left[max(0, peak - separation) : peak + separation + 1] = -np.inf
    return np.array(sorted(peaks), dtype=np.int64)


def _ridge(
    values: npt.NDArray[np.float64], labels: npt.NDArray[np.float64], ridge: float
) -> tuple[npt.NDArray[np.float64], float]:
    """Weights [D] and bias of ridge regression on standardised frames [N, D], for frames as they are."""
    mean, scale = values.mean(axis=0), values.std(axis=0)
    scale[scale == 0] = 1.0
    standard = (values - mean) / scale
    gram = standard.T @ standard + ridge * np.eye(len(mean))
    weights = np.linalg.solve(gram, standard.T @ (labels - labels.mean())) / scale
    return weights, float(labels.mean() - mean @ weights)
