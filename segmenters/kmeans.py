"""k-means: Lloyd's rounds from a k-means++ start (Arthur & Vassilvitskii 2007), the same for the same seed."""

import torch
from torch import Tensor

from segmenters.errors import SegmentationError

# More points than this for each cluster hardly move the centres; a draw of them stands for all.
_POINTS_PER_CLUSTER = 256
# Distances of so many points × clusters are held at once (64 MiB).
_BLOCK = 1 << 24


def kmeans(points: Tensor, clusters: int, rounds: int, seed: int) -> Tensor:
    """The centres [K, D] of clusters of points.

    Args:
        points: [N, D].
        clusters: K.
        rounds: of assignment and averaging; fewer where nothing changes any more.
        seed: of the draw of points and the start.

    Raises:
        SegmentationError: there are fewer points than clusters, or K is not above 0.
    """
    if not 0 < clusters <= len(points):
        fault = f"{clusters} clusters cannot be made of {len(points)} points"
        raise SegmentationError(fault, remedy="ask for at least 1 cluster and at most as many as points")
    chance = torch.Generator().manual_seed(seed)
    if len(points) > _POINTS_PER_CLUSTER * clusters:
        drawn = torch.randperm(len(points), generator=chance)[: _POINTS_PER_CLUSTER * clusters]
        points = points[drawn.to(points.device)]
    return refine(points, _start(points, clusters, chance), rounds)


def refine(points: Tensor, centres: Tensor, rounds: int) -> Tensor:
    """Lloyd's rounds from given centres [K, D]; a centre that loses its points moves to one far from all."""
    previous: Tensor | None = None
    for _ in range(rounds):
        labels, distances = nearest(points, centres)
        if previous is not None and torch.equal(labels, previous):
            break
        centres, previous = _means(points, labels, distances, len(centres)), labels
    return centres


def nearest(points: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """Index of the nearest centre [N] and squared distance to it [N], for points [N, D]."""
    norms = centres.square().sum(dim=1)
    labels, distances = [], []
    for block in points.split(max(1, _BLOCK // len(centres))):
        # |p - c|² less |p|², which is the same for every centre.
        distance, label = torch.addmm(norms, block, centres.T, alpha=-2).min(dim=1)
        labels.append(label)
        distances.append((distance + block.square().sum(dim=1)).clamp(min=0))
    return torch.cat(labels), torch.cat(distances)


def _start(points: Tensor, clusters: int, chance: torch.Generator) -> Tensor:
    """Centres [K, D] drawn among the points, each as likely as its squared distance to those before."""
    chosen = int(torch.randint(len(points), (1,), generator=chance))
    centres = [points[chosen]]
    distances = (points - centres[0]).square().sum(dim=1)
    for _ in range(clusters - 1):
        ladder = distances.double().cumsum(dim=0)
        mark = torch.rand(1, generator=chance, dtype=torch.float64).to(ladder.device) * ladder[-1]
        chosen = min(int(torch.searchsorted(ladder, mark, right=True)), len(points) - 1)
        centres.append(points[chosen])
        distances = torch.minimum(distances, (points - centres[-1]).square().sum(dim=1))
    return torch.stack(centres)


def _means(points: Tensor, labels: Tensor, distances: Tensor, clusters: int) -> Tensor:
    counts = torch.bincount(labels, minlength=clusters)
    sums = points.new_zeros(clusters, points.shape[1]).index_add_(0, labels, points)
    centres = sums / counts.clamp(min=1)[:, None]
    empty = (counts == 0).nonzero()[:, 0]
    centres[empty] = points[distances.topk(len(empty)).indices]
    return centres
