"""Stretches of time and bands of channels masked in training (SpecAugment, Park 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class MaskingConfig:
    """What is masked of each utterance.

    Attributes:
        stretches: of time.
        seconds: longest of them.
        bands: of channels.
        share: of the channels in the widest of them.
    """

    stretches: int = 2
    seconds: float = 0.1
    bands: int = 1
    share: float = 0.1


def masked(
    frames: Tensor, lengths: Sequence[int], filler: Tensor, hop: float, config: MaskingConfig
) -> Tensor:
    """Frames with some stretches and bands replaced; lengths and places are drawn evenly.

    Args:
        frames: [B, T, D].
        lengths: frames of each utterance.
        filler: [D], stands where something is masked.
        hop: seconds from frame to frame.
        config: how much.
    """
    ends = torch.tensor(lengths, device=frames.device)
    channels = torch.full_like(ends, frames.shape[2])
    longest = torch.full_like(ends, round(config.seconds / hop))
    in_time = _drawn(frames.shape[1], ends, longest, config.stretches)
    in_bands = _drawn(frames.shape[2], channels, (config.share * channels).long(), config.bands)
    return torch.where(in_time[:, :, None] | in_bands[:, None], filler, frames)


def _drawn(size: int, ends: Tensor, longest: Tensor, number: int) -> Tensor:
    """Places [B, size] in some stretches of at most `longest` [B], before `ends` [B]."""
    shares = torch.rand(2, len(ends), number, device=ends.device)
    length = (shares[0] * (torch.minimum(longest, ends)[:, None] + 1)).long()
    first = (shares[1] * (ends[:, None] - length + 1)).long()
    places = torch.arange(size, device=ends.device)[:, None, None]
    return ((places >= first) & (places < first + length)).any(dim=2).T
