"""Principal components: frames made narrower with the least loss."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class PCA:
    """A projection on principal components.

    Attributes:
        mean: [D], subtracted first.
        components: [D, W], orthonormal columns, the one of the largest variance first.
    """

    mean: Tensor
    components: Tensor

    def __call__(self, points: Tensor) -> Tensor:
        """Project points [N, D] to [N, W]."""
        return (points - self.mean) @ self.components


def fit_pca(points: Tensor, width: int) -> PCA:
    """The components of points [N, D]; `width` of them, or D where that is less."""
    mean = points.double().mean(dim=0)
    centred = points.double() - mean
    _, vectors = torch.linalg.eigh(centred.T @ centred)
    components = vectors.flip(1)[:, :width]
    # Eigenvectors have no sign of their own: the largest entry of each is made positive.
    signs = components.gather(0, components.abs().argmax(dim=0)[None]).sign()
    return PCA(mean.to(points), (components * signs).to(points))
