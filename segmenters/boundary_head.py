"""The boundary head: a small convolutional network that says of each frame whether a word begins there.

The form of REBORN's segmentation policy (Tseng et al. 2024): three convolutions over frames, widths 7, 3 and 1.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from segmenters.errors import SegmentationError
from segmenters.speech import Frames

_CONFIG, _WEIGHTS = "config.json", "model.safetensors"


@dataclass(frozen=True)
class BoundaryHeadConfig:
    """The boundary head.

    Attributes:
        channels: D of the frames.
        hidden: channels between the convolutions.
        kernels: frames that each convolution sees, odd numbers; one convolution each.
        dropout: share of hidden activations dropped in training.

    Raises:
        SegmentationError: there is no convolution, or one of an even width.
    """

    channels: int
    hidden: int = 128
    kernels: tuple[int, ...] = (7, 3, 1)
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if not self.kernels or any(kernel < 1 or kernel % 2 == 0 for kernel in self.kernels):
            fault = f"kernels is {list(self.kernels)}, not one or more odd numbers"
            raise SegmentationError(fault, remedy="give widths such as 7, 3, 1")


@dataclass(frozen=True)
class FrameBatch:
    """Utterances side by side: values [B, T, D], and mask [B, T], true where a frame stands."""

    values: Tensor
    mask: Tensor


class BoundaryHead(nn.Module):
    """Maps frames to logits of a boundary at each frame's beginning.

    Args:
        config: its sizes.
    """

    def __init__(self, config: BoundaryHeadConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.channels, *[config.hidden] * (len(config.kernels) - 1), 1]
        self.convolutions = nn.ModuleList(
            nn.Conv1d(wide, narrow, kernel, padding=kernel // 2)
            for wide, narrow, kernel in zip(widths[:-1], widths[1:], config.kernels, strict=True)
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, frames: Tensor, mask: Tensor) -> Tensor:
        """Logits [B, T] of frames [B, T, D] where mask [B, T] is true; padding changes nothing.

        Raises:
            SegmentationError: the frames have another number of channels.
        """
        if frames.shape[-1] != self.config.channels:
            fault = f"frames have {frames.shape[-1]} channels, the boundary head takes {self.config.channels}"
            raise SegmentationError(fault, remedy="use the encoder and layer that it was trained on")
        inside = mask[:, None]
        hidden = frames.transpose(1, 2) * inside
        for convolution in self.convolutions[:-1]:
            hidden = self.dropout(nn.functional.gelu(convolution(hidden))) * inside
        logits: Tensor = self.convolutions[-1](hidden)
        return logits.squeeze(1)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write `config.json` and `model.safetensors`."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _CONFIG).write_text(json.dumps(asdict(self.config), indent=1) + "\n", encoding="utf-8")
        save_file({key: value.contiguous() for key, value in self.state_dict().items()}, folder / _WEIGHTS)

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> "BoundaryHead":
        """Read what `save_pretrained` wrote.

        Raises:
            SegmentationError: a file is missing or damaged, or the weights are not those of the configuration.
        """
        folder = Path(folder)
        try:
            fields = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
            head = cls(BoundaryHeadConfig(**{**fields, "kernels": tuple(fields["kernels"])}))
            head.load_state_dict(load_file(folder / _WEIGHTS))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            fault = f"holds no boundary head: {str(error).splitlines()[-1].strip()}"
            raise SegmentationError(fault, where=folder, remedy="save it again") from error
        return head.eval()


def pad_frames(utterances: Sequence[Frames]) -> FrameBatch:
    """Put utterances side by side, zeros after the shorter ones.

    Raises:
        SegmentationError: an utterance has no frames, or one that is not finite.
    """
    for utterance in utterances:
        if not len(utterance.values):
            raise SegmentationError("has no frames", where=utterance.id, remedy="leave it out")
        if not torch.isfinite(utterance.values).all():
            raise SegmentationError("its frames are not finite", where=utterance.id, remedy="leave it out")
    values = nn.utils.rnn.pad_sequence([utterance.values for utterance in utterances], batch_first=True)
    lengths = torch.tensor([len(utterance.values) for utterance in utterances], device=values.device)
    return FrameBatch(values, torch.arange(values.shape[1], device=values.device) < lengths[:, None])
