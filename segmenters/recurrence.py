"""How much comes back of what segments sound like: words recur, stretches that are none do so less.

It needs no labels, and compares segmentations of the same speech at the same rate. Boundaries that are always off
in the same way cost nothing, where boundary scores punish them.
"""

import torch
from torch import Tensor

from segmenters.errors import SegmentationError
from segmenters.kmeans import kmeans, nearest
from segmenters.pca import fit_pca

_WIDTH = 50
_ROUNDS = 10


def recurrence(segments: Tensor, clusters: int, seed: int = 0) -> float:
    """100 (1 − D / D₀) percent: how much nearer segments lie to K centres than such as do not recur would.

    D is the mean squared distance of segments, narrowed to principal components, to the nearest of the centres
    that k-means finds. D₀ is that of as many made-up ones, for which the values of each component are dealt out
    anew: as spread, but alike by chance alone. The figure depends on N and K: compare like with like.

    Args:
        segments: [N, D], what each sounds like.
        clusters: K.
        seed: of the start of k-means, and of the deal.

    Raises:
        SegmentationError: there are fewer segments than clusters.
    """
    if len(segments) < clusters:
        fault = f"{len(segments)} segments are fewer than {clusters} clusters"
        raise SegmentationError(fault, remedy="give more speech, or ask for fewer clusters")
    points = fit_pca(segments, _WIDTH)(segments)
    chance = torch.Generator().manual_seed(seed)
    dealt = torch.stack([values[torch.randperm(len(points), generator=chance)] for values in points.T], dim=1)
    found, expected = (
        float(nearest(each, kmeans(each, clusters, _ROUNDS, seed))[1].mean()) for each in (points, dealt)
    )
    return 100 * (1 - found / expected) if expected > 0 else 0.0
