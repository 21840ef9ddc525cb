"""BatchNorm that gives keywords the mean and deviation of the token embeddings.

Without it keywords lie in a corner of the token space, and their nearest tokens are the same few (SpeechCLIP,
Shih et al. 2022).

Shapes: B utterances, K keywords, W token width, V tokens.
"""

import torch
from torch import Tensor

from unsup_asr.models.shared_norm import SharedBatchNorm


class KeywordNorm(SharedBatchNorm):
    """Statistics per keyword and dimension, or, where the number of keywords varies, per dimension.

    With K keywords there are K · W channels: dimension w of keyword k is channel w · K + k, as in the published
    checkpoints.

    Args:
        token_embeddings: [V, W], whose mean and deviation the scale and shift begin with.
        count: K, or None where it varies.
    """

    def __init__(self, token_embeddings: Tensor, count: int | None) -> None:
        repeats = 1 if count is None else count
        super().__init__(token_embeddings.shape[1] * repeats)
        self.count = count
        with torch.no_grad():
            self.weight.copy_(token_embeddings.std(dim=0).repeat_interleave(repeats))
            self.bias.copy_(token_embeddings.mean(dim=0).repeat_interleave(repeats))

    def forward(self, keywords: Tensor, mask: Tensor) -> Tensor:  # type: ignore[override]
        """Keywords [B, K, W] normalised; `mask` [B, K] is true where one stands, the others do not count."""
        if self.count is None:
            rows: Tensor = super().forward(keywords[mask])
            return torch.zeros_like(keywords).masked_scatter(mask[..., None], rows)
        flat: Tensor = super().forward(keywords.transpose(1, 2).flatten(1))
        normalised: Tensor = flat.unflatten(1, (keywords.shape[2], keywords.shape[1])).transpose(1, 2)
        return normalised
