"""Phone-like units with times: duration-penalised dynamic programming over quantised frames.

DPDP: Kamper, "Word Segmentation on Discovered Phone Units with Dynamic Programming and Self-Supervised
Scoring", 2022.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from segmenters.errors import SegmentationError
from segmenters.fitted import load_fitted, save_fitted
from segmenters.frame_cuts import cut, frame_values
from segmenters.kmeans import kmeans, nearest
from segmenters.segmental import batches, viterbi
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames

_METHOD = "dpdp"
# Frames whose dynamic programming is done at once.
_POSITIONS = 1 << 16


@dataclass(frozen=True, slots=True)
class DPDPConfig:
    """The codebook, and how dear a unit is.

    Attributes:
        codes: size of the codebook.
        duration_weight: what each unit costs, in mean squared distances of a frame to its code.
        longest: most seconds of a unit before equal neighbours are joined.
        rounds: of k-means.
        seed: of the codebook's start.
    """

    codes: int = 100
    duration_weight: float = 3.0
    longest: float = 0.3
    rounds: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        if not (min(self.codes, self.rounds) > 0 and self.longest > 0 and self.duration_weight >= 0):
            raise SegmentationError(f"{self} is out of bounds", remedy="counts and times > 0, weight >= 0")


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The units of an utterance.

    Attributes:
        codes: [n], neighbours differ.
        ends: [n], the frame after each unit's last.
    """

    codes: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class DPDP:
    """A codebook, and the segmentation of frames into its codes.

    Attributes:
        config: its settings.
        codebook: [K, D].
        weight: what each unit costs, as a squared distance.
    """

    config: DPDPConfig
    codebook: Tensor
    weight: float

    def units(self, utterances: Sequence[Frames]) -> list[Units]:
        """The units of each utterance.

        Raises:
            SegmentationError: naming an utterance that cannot be used.
        """
        found: dict[int, Units] = {}
        for batch in batches([len(frames.values) for frames in utterances], _POSITIONS):
            values = [frame_values(utterances[n], self.codebook.shape[1]) for n in batch]
            reach = [max(1, round(self.config.longest / utterances[n].hop)) for n in batch]
            units = code_units(values, self.codebook.numpy(), self.weight, reach)
            found.update(zip(batch, units, strict=True))
        return [found[n] for n in range(len(utterances))]

    def segment(self, utterances: Sequence[Frames]) -> list[Segmentation]:
        """The units as spans; see `FrameSegmenter`."""
        settings = asdict(self.config)
        pairs = zip(utterances, self.units(utterances), strict=True)
        return [cut(frames, units.ends, _METHOD, settings) for frames, units in pairs]

    def save(self, folder: str | Path) -> None:
        """Write it into a folder."""
        weight = torch.tensor(self.weight, dtype=torch.float64)
        save_fitted(folder, _METHOD, asdict(self.config), {"codebook": self.codebook, "weight": weight})

    @classmethod
    def load(cls, folder: str | Path) -> "DPDP":
        """Read what `save` wrote."""
        config, tensors = load_fitted(folder, _METHOD)
        return cls(DPDPConfig(**config), tensors["codebook"], float(tensors["weight"]))


def fit_dpdp(utterances: Sequence[Frames], config: DPDPConfig) -> DPDP:
    """Learn a codebook from unlabelled utterances.

    Raises:
        SegmentationError: an utterance cannot be used, or there are fewer frames than codes.
    """
    if not utterances:
        raise SegmentationError("there is no utterance to learn from", remedy="give some")
    width = utterances[0].values.shape[-1]
    frames = torch.from_numpy(np.concatenate([frame_values(each, width) for each in utterances]))
    codebook = kmeans(frames, config.codes, config.rounds, config.seed)
    error = float(nearest(frames, codebook)[1].double().mean())
    return DPDP(config, codebook, config.duration_weight * error)


def code_units(
    values: Sequence[npt.NDArray[np.float32]],
    codebook: npt.NDArray[np.float32],
    weight: float,
    longest: Sequence[int],
) -> list[Units]:
    """Cut utterances into the units that cost least.

    A unit costs the summed squared distances of its frames to the one code that fits it best, and less by
    `weight` for each frame after its first.

    Args:
        values: frames [T, D] of each utterance.
        codebook: the codes [K, D].
        weight: reward for each frame that a unit goes on.
        longest: most frames of a unit of each utterance, before units that meet with the same code are joined.
    """
    sums = [_running_distances(each, codebook) for each in values]
    lengths = np.array([len(each) for each in values])
    costs = np.full((len(values), lengths.max(), max(longest)), np.inf)
    for table, total, reach in zip(costs, sums, longest, strict=True):
        for extra in range(min(reach, len(total) - 1)):
            spans = total[extra + 1 :] - total[: len(total) - extra - 1]
            table[extra : len(total) - 1, extra] = spans.min(axis=1) - weight * extra
    ends = viterbi(costs, lengths)
    return [_units(total, np.flatnonzero(mask) + 1) for total, mask in zip(sums, ends, strict=True)]


def _running_distances(
    values: npt.NDArray[np.float32], codebook: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Squared distances to each code, summed over the frames before each place: [T + 1, K]."""
    points, codes = values.astype(np.float64), codebook.astype(np.float64)
    distances = np.square(points).sum(axis=1)[:, None] - 2 * points @ codes.T + np.square(codes).sum(axis=1)
    return np.concatenate([np.zeros((1, len(codes))), distances.cumsum(axis=0)])


def _units(sums: npt.NDArray[np.float64], ends: npt.NDArray[np.int64]) -> Units:
    """Name each unit by its best code, and join neighbours of the same name."""
    best = np.diff(sums[np.append(0, ends)], axis=0).argmin(axis=1)
    last = np.append(best[1:] != best[:-1], True)
    return Units(best[last], ends[last])
