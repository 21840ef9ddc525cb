"""A recogniser that needs no segments: frames of a speech encoder to units or blank, for CTC (Graves 2006).

One strided convolution takes frames down to some 25 a second; residual blocks of a depthwise convolution and a
pointwise bottleneck (ConvNeXt, Liu 2022) see the words around. Cheap on one core, and the same for an utterance
whatever stands beside it in a batch.

Shapes: B utterances, T frames, D channels, T' outputs, V units; column 0 of the outputs is the blank.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

BLANK = 0
# Of a channel's deviation; a silent channel must not be blown up.
_LEAST_DEVIATION = 1e-3


@dataclass
class CtcStudentConfig:
    """The network.

    Attributes:
        hop: seconds between its outputs, as near as whole strides over the encoder's frames come.
        context: seconds that the first convolution sees.
        width: hidden channels.
        blocks: residual blocks.
        kernel: outputs that a block's convolution sees, an odd number.
        expansion: times the width inside a block.
        dropout: share of hidden activations dropped in training.
    """

    hop: float = 0.04
    context: float = 0.12
    width: int = 128
    blocks: int = 4
    kernel: int = 7
    expansion: int = 2
    dropout: float = 0.1


class CtcStudent(nn.Module):
    """Scores units and blank along an utterance.

    Args:
        config: sizes.
        channels: D of the speech encoder.
        hop: seconds between the encoder's frames.
        units: V.

    Attributes:
        stride: frames between outputs.
        hop: seconds between outputs; output t stands for [t · hop, (t + 1) · hop).
        mean, deviation: [D], of the frames that it learns from.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: CtcStudentConfig, channels: int, hop: float, units: int) -> None:
        super().__init__()
        self.config, self.channels, self.units = config, channels, units
        self.stride = stride = max(1, round(config.hop / hop))
        self.hop = stride * hop
        beside = max(0, round((config.context / hop - stride) / 2))
        self.listen = nn.Conv1d(channels, config.width, stride + 2 * beside, stride, padding=beside)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.width)
        self.tell = nn.Linear(config.width, 1 + units)
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.ones(channels))

    def outputs(self, frames: int) -> int:
        """T', how many outputs so many frames have: a stride that the end cuts short has one, too."""
        return -(-frames // self.stride)

    def normalise_by(self, frames: Sequence[Tensor]) -> None:
        """Take mean and deviation of the channels from frames [T, D] of utterances."""
        count = sum(map(len, frames))
        mean = torch.stack([each.sum(dim=0, dtype=torch.float64) for each in frames]).sum(dim=0) / count
        squares = torch.stack([(each.double() - mean).square().sum(dim=0) for each in frames]).sum(dim=0)
        self.mean.copy_(mean)
        self.deviation.copy_((squares / count).sqrt().clamp(min=_LEAST_DEVIATION))

    def forward(self, frames: Tensor, lengths: Sequence[int]) -> Tensor:
        """Log-probabilities of the blank and the units, [B, T', 1 + V].

        Args:
            frames: [B, T, D].
            lengths: T of each utterance; what is beyond it changes nothing.
        """
        standard = self._inside(frames.shape[1], lengths) * (frames - self.mean) / self.deviation
        whole = nn.functional.pad(standard, (0, 0, 0, -frames.shape[1] % self.stride))
        hidden = self.listen(whole.transpose(1, 2)).transpose(1, 2)
        inside = self._inside(hidden.shape[1], [self.outputs(length) for length in lengths])
        for block in self.blocks:
            hidden = block(hidden, inside)
        logits: Tensor = self.tell(self.norm(hidden))
        return logits.log_softmax(dim=-1)

    def _inside(self, longest: int, lengths: Sequence[int]) -> Tensor:
        """1 inside utterances, 0 beyond, [B, longest, 1]."""
        ends = torch.tensor(lengths, device=self.mean.device)[:, None]
        inside = torch.arange(longest, device=self.mean.device) < ends
        return inside[..., None].to(self.mean.dtype)


class _Block(nn.Module):
    """Adds to each output [B, T', W] what its neighbours say of it."""

    def __init__(self, config: CtcStudentConfig) -> None:
        super().__init__()
        width, wide = config.width, config.expansion * config.width
        self.around = nn.Conv1d(width, width, config.kernel, padding=config.kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.widen, self.narrow = nn.Linear(width, wide), nn.Linear(wide, width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, hidden: Tensor, inside: Tensor) -> Tensor:
        around = self.around((hidden * inside).transpose(1, 2)).transpose(1, 2)
        said: Tensor = self.dropout(self.narrow(nn.functional.gelu(self.widen(self.norm(around)))))
        return hidden + said
