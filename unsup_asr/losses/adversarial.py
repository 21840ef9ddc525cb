"""The adversarial loss: predicted sequences must look like captions to a discriminator that has read many.

After wav2vec-U (Baevski et al. 2021): binary cross-entropy and a gradient penalty on interpolations of real
and predicted sequences, cropped to the shorter of each pair; the penalty's norm is taken over time × channels
of the embedded sequences, since one-hot rows over a large vocabulary are nearly all zeros.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

# (embedded sequences [B, T, W], mask [B, T]) → scores [B]; high means "a real caption".
Critic = Callable[[Tensor, Tensor], Tensor]


def discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Cross-entropy of telling real (1) from predicted (0) sequences; scores [B] are logits."""
    real = functional.binary_cross_entropy_with_logits(real_scores, torch.ones_like(real_scores))
    fake = functional.binary_cross_entropy_with_logits(fake_scores, torch.zeros_like(fake_scores))
    return (real + fake) / 2


def adversarial_loss(fake_scores: Tensor) -> Tensor:
    """What the generator pays where the discriminator is not taken in; scores [B] are logits."""
    return functional.binary_cross_entropy_with_logits(fake_scores, torch.ones_like(fake_scores))


def gradient_penalty(
    critic: Critic, real: Tensor, real_mask: Tensor, fake: Tensor, fake_mask: Tensor
) -> Tensor:
    """Mean of (‖∇ critic‖ − 1)² at random points between real and predicted (Gulrajani et al. 2017).

    Args:
        critic: scores embedded sequences.
        real, fake: [B, T, W], embedded sequences, T not necessarily the same.
        real_mask, fake_mask: [B, T], true where a token stands.
    """
    length = min(real.shape[1], fake.shape[1])
    mask = real_mask[:, :length] & fake_mask[:, :length]
    share = torch.rand(len(real), 1, 1, device=real.device)
    between = share * real[:, :length].detach() + (1 - share) * fake[:, :length].detach()
    between.requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(between, mask).sum(), between, create_graph=True)
    norms = (gradient * mask[..., None]).flatten(1).square().sum(dim=1).add(1e-12).sqrt()
    return (norms - 1).square().mean()
