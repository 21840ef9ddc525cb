"""The semantic loss: what was written must fit its picture better than the other pictures."""

import torch
from torch import Tensor
from torch.nn import functional


def contrastive_loss(texts: Tensor, images: Tensor, image_ids: Tensor, scale: float | Tensor) -> Tensor:
    """Symmetric InfoNCE between texts and their pictures (Radford et al. 2021, CLIP).

    A picture that occurs twice in the batch is no negative of itself: those off-diagonal pairs are left out
    of the denominators.

    Args:
        texts: [B, E], unit length.
        images: [B, E], unit length, row for row the pictures of the texts.
        image_ids: [B], equal where two rows show the same picture.
        scale: one over the temperature of the cosines.
    """
    logits = scale * texts @ images.T
    diagonal = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    same = (image_ids[:, None] == image_ids[None]) & ~diagonal
    logits = logits.masked_fill(same, float("-inf"))
    targets = torch.arange(len(logits), device=logits.device)
    return (functional.cross_entropy(logits, targets) + functional.cross_entropy(logits.T, targets)) / 2
