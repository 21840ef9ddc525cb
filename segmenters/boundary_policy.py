"""Boundaries drawn at random, for policy gradients: the reward comes from outside.

REINFORCE (Williams 1992) as REBORN uses it for segmentation (Tseng et al. 2024). Unlike gradients through soft
segments, it says what a boundary more or less would be worth. Shapes: B utterances, T frames.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from segmenters.assignment import may_begin


@dataclass(frozen=True)
class DrawnBoundaries:
    """Boundaries drawn for a batch.

    Attributes:
        boundaries: [B, T], true where there is one.
        log_probability: [B], of all draws of the utterance together.
        entropy: [B], mean of the frames' entropies in nats.
    """

    boundaries: Tensor
    log_probability: Tensor
    entropy: Tensor


def draw_boundaries(logits: Tensor, mask: Tensor) -> DrawnBoundaries:
    """Draw each frame's boundary on its own (Bernoulli), from torch's random state.

    Args:
        logits: [B, T].
        mask: [B, T], true where a frame stands.
    """
    allowed = may_begin(mask)
    probabilities = logits.sigmoid()
    boundaries = torch.bernoulli(probabilities.detach()).bool() & allowed
    # −softplus(∓z) is log p and log(1 − p); p z is taken out of both for the entropy.
    log_probabilities = -functional.softplus(torch.where(boundaries, -logits, logits)) * allowed
    entropies = (functional.softplus(logits) - probabilities * logits) * allowed
    frames = allowed.sum(dim=1).clamp(min=1)
    return DrawnBoundaries(boundaries, log_probabilities.sum(dim=1), entropies.sum(dim=1) / frames)


def standardise(values: Tensor) -> Tensor:
    """Values [B] at mean 0 and deviation 1 over the batch; zeros where they are all alike."""
    deviations = values - values.mean()
    spread = deviations.square().mean().sqrt()
    return torch.where(spread > 1e-6 * (1 + values.abs().max()), deviations / spread.clamp(min=1e-12), 0.0)


def reinforce_loss(drawn: DrawnBoundaries, rewards: Tensor, entropy_weight: float) -> Tensor:
    """−mean(z(R) log π(boundaries)) − w · mean entropy, z standardised over the batch: its mean is the baseline.

    Without the entropy term, certainty comes before the better boundaries are found.

    Args:
        drawn: the boundaries.
        rewards: R [B], what each utterance's boundaries were worth; no gradient flows through them.
        entropy_weight: w.
    """
    advantages = standardise(rewards.detach())
    return -(advantages * drawn.log_probability).mean() - entropy_weight * drawn.entropy.mean()
