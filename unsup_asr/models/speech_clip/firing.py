"""Keywords that fire: stretches of frames summed up by continuous integrate-and-fire (SpeechCLIP+).

Shapes: B utterances, T frames, K most keywords of an utterance, D channels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from segmenters.cif import rescale, unit_overlaps


@dataclass(frozen=True)
class Fired:
    """Keywords and what fired them.

    Attributes:
        sums: [B, K, D], frames summed under their weights; zero where no keyword stands.
        mask: [B, K], true where one stands.
        weights: [B, T], of each frame, before rescaling.
        shares: [B, T, K], how much of each frame entered each keyword.
    """

    sums: Tensor
    mask: Tensor
    weights: Tensor
    shares: Tensor


class Firing(nn.Module):
    """Tells how much of a keyword each frame is, and sums frames up to keywords.

    Args:
        channels: D.
        dropout: after the convolution, and before the weight.
        most: most keywords of an utterance.
    """

    def __init__(self, channels: int, dropout: float, most: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(channels, channels, 3, padding=1)
        self.project = nn.Linear(channels, 1)
        self.dropout, self.most = nn.Dropout(dropout), most

    def forward(self, frames: Tensor, mask: Tensor, wanted: Tensor | None) -> Fired:
        """Keywords of utterances.

        A tail of half a keyword or more becomes one of its own, weighted up to a whole; a shorter one is left.
        Speech of less than one keyword is one all the same, weighted up, too (as published, it is not).

        Args:
            frames: [B, T, D].
            mask: [B, T], true where a frame stands.
            wanted: [B], to how many keywords the weights are rescaled; None leaves them as they are.
        """
        frames = frames * mask[..., None]
        hidden = self.dropout(self.convolution(frames.transpose(1, 2))).relu().transpose(1, 2)
        weights = self.project(self.dropout(hidden)).squeeze(-1).sigmoid().float() * mask
        scaled = weights if wanted is None else rescale(weights, mask, wanted)
        counts = _rounded(scaled.sum(dim=1)) if wanted is None else wanted
        counts = counts.clamp(1, self.most)
        shares = unit_overlaps(scaled, int(counts.max()))
        stands = torch.arange(shares.shape[2], device=counts.device) < counts[:, None]
        shares = shares * stands[:, None]
        whole = shares.sum(dim=1, keepdim=True).clamp(min=torch.finfo(shares.dtype).eps)
        shares = shares / whole.detach()
        return Fired(shares.transpose(1, 2).to(frames.dtype) @ frames, stands, weights, shares)


def _rounded(sums: Tensor) -> Tensor:
    """Keywords in running sums [B]: a half is rounded up."""
    return (sums.detach() + 0.5).floor().long()
