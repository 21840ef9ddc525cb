"""Continuous integrate-and-fire: weights are summed up, and at every whole number a segment ends.

Dong & Xu 2020, *CIF: Continuous Integrate-and-Fire for End-to-End Speech Recognition*. Shapes as in `assignment`.
"""

import torch
from torch import Tensor

from segmenters.assignment import Assignment, assign


def integrate_and_fire(alphas: Tensor, mask: Tensor, counts: Tensor | None = None) -> Assignment:
    """Cut where the running sum A of the weights passes 1, 2, …

    The sum runs evenly through a frame, so frame t lies before firing k with the share (k − A_{t−1}) / α_t, held
    within 0 and 1. No frame is lost: the last segment has what is left.

    Args:
        alphas: [B, T], not below 0.
        mask: [B, T], true where a frame stands.
        counts: [B], segments of each utterance; None for the rounded sum of its weights, at least one: a tail
            of half a segment or more is one of its own, a shorter one stays with the last.
    """
    alphas = alphas * mask
    sums = alphas.cumsum(dim=1)
    if counts is None:
        counts = sums[:, -1].detach().round().clamp(min=1).long()
    firings = torch.arange(1, int(counts.max()), device=alphas.device)
    # A frame without weight lies on one side wholly, whatever the divisor; its square must not underflow.
    divisors = alphas.clamp(min=torch.finfo(alphas.dtype).eps)[..., None]
    before = ((firings - (sums - alphas)[..., None]) / divisors).clamp(0, 1)
    return assign(before, counts - 1, mask)


def firing_weights(alphas: Tensor, assignment: Assignment) -> Tensor:
    """CIF's own matrix [B, T, N]: the overlap of [A_{t−1}, A_t] with each segment's unit of the running sum.

    The weights of frame t sum to α_t. A segment's embedding in CIF is the frames' sum under them.

    Args:
        alphas: [B, T].
        assignment: what `integrate_and_fire` made of them.
    """
    return alphas[..., None] * assignment.shares


def unit_overlaps(alphas: Tensor, count: int) -> Tensor:
    """CIF's matrix [B, T, count]: the overlap of [A_{t−1}, A_t] with each unit [k − 1, k] of the running sum A.

    What lies beyond the last unit belongs to none.

    Args:
        alphas: [B, T], not below 0.
        count: units.
    """
    ends = alphas.cumsum(dim=1)[..., None]
    begins = ends - alphas[..., None]
    units = torch.arange(count, device=alphas.device)
    return (torch.minimum(ends, units + 1) - torch.maximum(begins, units)).clamp(min=0)


def rescale(alphas: Tensor, mask: Tensor, counts: Tensor) -> Tensor:
    """Weights [B, T] scaled to sum to a target count, α N / Σα: in training, as many segments as wanted.

    Args:
        alphas: [B, T], not below 0.
        mask: [B, T], true where a frame stands.
        counts: [B], N, the segments wanted.
    """
    alphas = alphas * mask
    totals = alphas.sum(dim=1, keepdim=True).clamp(min=torch.finfo(alphas.dtype).eps)
    return alphas * counts[:, None] / totals


def quantity_loss(alphas: Tensor, mask: Tensor, counts: Tensor) -> Tensor:
    """|Σα − N|, mean over utterances (Dong & Xu 2020): the weights must come to N where nobody rescales them.

    Args:
        alphas: [B, T], before rescaling.
        mask: [B, T], true where a frame stands.
        counts: [B], N.
    """
    return ((alphas * mask).sum(dim=1) - counts).abs().mean()
