"""Frames pooled as the published wav2vec-U has them pooled, so that they come at about the rate of phones.

Baevski, Hsu, Conneau & Auli 2021, "Unsupervised Speech Recognition", section 4: frames are clustered by k-means
and projected onto their principal components; neighbours of one cluster are averaged, then pairs of neighbours.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmenters.kmeans import kmeans, nearest
from unsup_asr.errors import InputError

_ROUNDS = 50
# Covariances are summed over so many frames at a time.
_BLOCK = 1 << 16
# So many frames, drawn, stand for all where clusters are made.
_DRAWN = 1 << 18


@dataclass
class PoolingConfig:
    """How frames are pooled.

    Attributes:
        clusters: of k-means.
        share: principal components kept, as a share of the channels: 512 of 1,024.
        seed: of k-means.
    """

    clusters: int = 128
    share: float = 0.5
    seed: int = 0


@dataclass(frozen=True)
class Pooling:
    """A fitted pooling.

    Attributes:
        mean: of the frames, [D].
        components: the principal ones in columns, [D, P].
        centres: of the clusters, [K, D].
    """

    mean: Tensor
    components: Tensor
    centres: Tensor

    @classmethod
    def fit(cls, frames: NDArray[np.float32], config: PoolingConfig) -> "Pooling":
        """Fit to frames [N, D], which may be mapped from a file.

        Raises:
            InputError: there are fewer frames than clusters.
        """
        if len(frames) < config.clusters:
            fault = f"{len(frames)} frames cannot make {config.clusters} clusters"
            raise InputError(fault, where="train", remedy="give more speech")
        mean, components = _principal(frames, max(1, round(config.share * frames.shape[1])))
        drawn = np.random.default_rng(config.seed).choice(
            len(frames), min(_DRAWN, len(frames)), replace=False
        )
        points = torch.from_numpy(frames[np.sort(drawn)])
        return cls(mean, components, kmeans(points, config.clusters, _ROUNDS, config.seed))

    def merged(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """The projected means [R, P] of the runs of one cluster among frames [T, D]."""
        points = torch.from_numpy(np.array(frames))
        labels, _ = nearest(points, self.centres)
        _, runs, lengths = labels.unique_consecutive(return_inverse=True, return_counts=True)
        projected = (points - self.mean) @ self.components
        sums = projected.new_zeros(len(lengths), projected.shape[1]).index_add_(0, runs, projected)
        means: NDArray[np.float32] = (sums / lengths[:, None]).numpy()
        return means


def paired(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """The means [⌈T / 2⌉, P] of pairs of neighbours among frames [T, P]; an odd last one stands for its pair."""
    even = np.concatenate([frames, frames[-1:]]) if len(frames) % 2 else frames
    means: NDArray[np.float32] = even.reshape(-1, 2, frames.shape[1]).mean(axis=1)
    return means


def _principal(frames: NDArray[np.float32], count: int) -> tuple[Tensor, Tensor]:
    """Mean [D] and first principal components [D, count] of frames [N, D]."""
    total = np.zeros(frames.shape[1])
    squares = np.zeros((frames.shape[1], frames.shape[1]))
    for begin in range(0, len(frames), _BLOCK):
        block = np.asarray(frames[begin : begin + _BLOCK], np.float64)
        total += block.sum(axis=0)
        squares += block.T @ block
    mean = total / len(frames)
    _, vectors = np.linalg.eigh(squares / len(frames) - np.outer(mean, mean))
    components = np.ascontiguousarray(vectors[:, ::-1][:, :count])
    return torch.from_numpy(mean).float(), torch.from_numpy(components).float()
