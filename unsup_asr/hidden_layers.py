"""The hidden states of any of our models, layer by layer, for benchmarks that build on frozen frames.

Shapes: B recordings, T frames, D channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from unsup_asr.data.spoken_states import pad_states
from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.encoders.speech import SpeechEncoder, load_encoder
from unsup_asr.errors import UsageError
from unsup_asr.speech_clip import TOKENS, SpeechClipModel


class HiddenLayers(Protocol):
    """A model that gives hidden states."""

    @property
    def rate(self) -> int:
        """Samples per second of the waveforms it takes."""
        ...

    @property
    def hop(self) -> float:
        """Seconds from frame to frame."""
        ...

    @property
    def modules(self) -> list[nn.Module]:
        """What computes them; they move between devices."""
        ...

    def __call__(self, waveforms: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
        """Each layer's frames [B, T, D], zero beyond a recording's end, of waveforms [n], and the frames [B]."""
        ...


class EncoderLayers:
    """The hidden states of a speech encoder."""

    def __init__(self, encoder: SpeechEncoder) -> None:
        self.encoder, self.rate, self.hop = encoder, encoder.rate, encoder.hop

    @property
    def modules(self) -> list[nn.Module]:
        """The transformers model; none where the encoder has no weights."""
        return [module for module in [getattr(self.encoder, "model", None)] if module is not None]

    def __call__(self, waveforms: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
        """The input of the first layer and each layer's output, on the CPU."""
        states = pad_states(self.encoder.encode_states(waveforms))
        return list(states.values.unbind(dim=1)), states.lengths


class SpeechClipLayers:
    """The hidden states of a SpeechCLIP model: its encoder's, their weighted sum, and its attention block's."""

    def __init__(self, model: SpeechClipModel) -> None:
        self.model, self.rate, self.hop = model, model.encoder.rate, model.encoder.hop

    @property
    def modules(self) -> list[nn.Module]:
        """The network and its encoder's; CLIP has no part in frames."""
        return [self.model.network, *EncoderLayers(self.model.encoder).modules]

    def __call__(self, waveforms: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
        """As `SpeechClipModel.hidden_states`."""
        layers, lengths = self.model.hidden_states(waveforms)
        within = (torch.arange(layers[0].shape[1], device=lengths.device) < lengths[:, None])[..., None]
        return [layer.where(within, 0) for layer in layers], lengths


def load_layers(name: str, device: str = "cpu") -> HiddenLayers:
    """The hidden states of a model by name.

    Args:
        name: the folder of a SpeechCLIP model or of its run; or a speech encoder, as `load_encoder` takes it.
        device: where it computes.

    Raises:
        InputError: there is no such model.
    """
    if any((Path(name) / inside / TOKENS).is_file() for inside in ("", "model")):
        return SpeechClipLayers(SpeechClipModel.from_pretrained(name, device))
    return EncoderLayers(load_encoder(name, LogMelConfig(), device))


@dataclass(frozen=True)
class HiddenLayer:
    """One layer of a model; `index` counts from 0, the input of the first layer, or from −1, the last."""

    layers: HiddenLayers
    index: int

    @property
    def rate(self) -> int:
        """Samples per second of the waveforms it takes."""
        return self.layers.rate

    @property
    def hop(self) -> float:
        """Seconds from frame to frame."""
        return self.layers.hop

    def __call__(self, waveform: Tensor) -> Tensor:
        """Frames [T, D] of a waveform [n].

        Raises:
            UsageError: the model has no such layer.
        """
        layers, _ = self.layers([waveform])
        if not -len(layers) <= self.index < len(layers):
            fault = f"layer {self.index} is asked for, the model has {len(layers)}"
            raise UsageError(fault, remedy=f"take {-len(layers)} to {len(layers) - 1}")
        return layers[self.index][0]
