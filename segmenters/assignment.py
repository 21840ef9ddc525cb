"""Which share of each frame belongs to which segment: what every soft form of segmentation comes down to.

Shapes: B utterances, T frames, K boundaries inside an utterance, N = K + 1 segments. Boundary k stands between
the segments k and k + 1, counted from 0, so what comes before the first boundary is a segment, too. A boundary at
frame t lies at the frame's beginning; frame 0 opens the utterance anyway and carries none.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Assignment:
    """Frames dealt out to segments, in their order.

    Attributes:
        shares: [B, T, N], not below 0; those of a frame sum to 1, to 0 where the frame is padding.
        mask: [B, N], true where a segment stands.
    """

    shares: Tensor
    mask: Tensor

    def lengths(self) -> Tensor:
        """[B, N], frames in each segment."""
        return self.shares.sum(dim=1)

    def borders(self) -> Tensor:
        """[B, N], where each segment ends, in frames from the beginning."""
        return self.lengths().cumsum(dim=1)

    def means(self, frames: Tensor) -> Tensor:
        """[B, N, D], the mean of the frames [B, T, D] in each segment, zero where none stands."""
        sums = self.shares.transpose(1, 2) @ frames
        return torch.where(self.mask[..., None], sums / self._divisors()[..., None], 0.0)

    def _divisors(self) -> Tensor:
        return torch.where(self.mask, self.lengths(), 1.0)


def assign(before: Tensor, counts: Tensor, mask: Tensor) -> Assignment:
    """Deal out frames by how much of each lies before each boundary.

    The first segment has what lies before the first boundary, the last what is left after the last, so no frame
    is lost, whatever `before` holds.

    Args:
        before: [B, T, K], the share of frame t that lies before boundary k, not falling along k.
        counts: [B], boundaries of each utterance, at most K; what stands beyond them is not read.
        mask: [B, T], true where a frame stands.
    """
    numbers = torch.arange(before.shape[2] + 1, device=before.device)
    real = numbers[:-1] < counts[:, None]
    bounded = functional.pad(torch.where(real[:, None], before, 1.0), (1, 0), value=0.0)
    shares = functional.pad(bounded, (0, 1), value=1.0).diff(dim=2) * mask[..., None]
    return Assignment(shares, numbers <= counts[:, None])


def assign_between(borders: Tensor, counts: Tensor, mask: Tensor) -> Assignment:
    """Deal out frames by boundaries in time; gradients reach the boundaries.

    Args:
        borders: [B, K], in frames, ascending; 2.25 lies a quarter into frame 2.
        counts: [B], boundaries of each utterance; what stands beyond them is not read.
        mask: [B, T], true where a frame stands.
    """
    begins = torch.arange(mask.shape[1], device=mask.device)
    return assign((borders[:, None] - begins[:, None]).clamp(0, 1), counts, mask)


def may_begin(mask: Tensor) -> Tensor:
    """[B, T], the frames that may carry a boundary: those of mask [B, T] less the first of each utterance."""
    return mask & (torch.arange(mask.shape[1], device=mask.device) > 0)
