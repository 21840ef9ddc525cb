"""Soft segments for the word-level generator: frames dealt out in shares, pooled as `pool_segments` pools them.

Gradients reach the shares, and through them whatever made them: boundary times, probabilities, CIF weights.
"""

import torch
from torch import Tensor
from torch.nn import functional

from segmenters.assignment import Assignment


def pool_soft_segments(frames: Tensor, assignment: Assignment, slots: int) -> Tensor:
    """The mean frame of each of `slots` equal parts of each segment, and the segment's log duration.

    A segment's shares, one frame after the other, are its length; its slots are equal parts of that length. Where
    every frame belongs to one segment wholly, this is `pool_segments` of those segments.

    Args:
        frames: [B, T, D].
        assignment: shares of each frame, N segments an utterance at most.
        slots: S.

    Returns:
        [n, S, D + 1], the n segments of the mask one after the other, as `SpokenBatch.segments` has them; the
        last channel is log(frames in the segment).
    """
    present = assignment.mask
    lengths = torch.where(present, assignment.lengths(), 1.0)
    weights = _slot_shares(assignment.shares, lengths, slots) * (slots / lengths[:, None, :, None])
    means = torch.einsum("btns,btd->bnsd", weights, frames)
    durations = lengths.log()[..., None, None].expand(-1, -1, slots, 1)
    return torch.cat([means, durations], dim=-1)[present]


def _slot_shares(shares: Tensor, lengths: Tensor, slots: int) -> Tensor:
    """The part [B, T, N, S] of each share [B, T, N] that falls into each slot of a segment of lengths [B, N]."""
    passed = shares.cumsum(dim=1) - shares
    inner = torch.arange(1, slots, device=shares.device) / slots
    left = (lengths[..., None] * inner)[:, None] - passed[..., None]
    # What lies before the first slot is nothing and before the end everything, whatever rounding says.
    before = functional.pad(torch.minimum(left.clamp(min=0), shares[..., None]), (1, 0))
    return torch.cat([before, shares[..., None]], dim=-1).diff(dim=-1)
