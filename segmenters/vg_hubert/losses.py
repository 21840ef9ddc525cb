"""The loss of VG-HuBERT: what is said must fit its picture better than other pictures, by a margin."""

import torch
from torch import Tensor
from torch.nn import functional

# Added to a pair that shows the same picture as the right one: as good as left out, without an infinity.
_SAME_IMAGE = -1e4


def masked_margin_loss(speech: Tensor, images: Tensor, image_ids: Tensor, margin: float = 1.0) -> Tensor:
    """Masked margin softmax in both directions, summed (Ilharco et al. 2019; Peng & Harwath 2022).

    Similarities are plain dot products; that of a right pair counts `margin` less than it is.

    Args:
        speech: [B, E], embeddings of the utterances.
        images: [B, E], row for row those of their pictures.
        image_ids: [B], equal where two rows show the same picture.
        margin: what a right pair must be ahead.
    """
    right = torch.eye(len(speech), dtype=torch.bool, device=speech.device)
    same = (image_ids[:, None] == image_ids[None]) & ~right
    similarity = images @ speech.T - margin * right + _SAME_IMAGE * same
    target = torch.arange(len(speech), device=speech.device)
    return functional.cross_entropy(similarity, target) + functional.cross_entropy(similarity.T, target)
