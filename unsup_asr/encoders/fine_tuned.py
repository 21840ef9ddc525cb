"""A speech encoder whose last layers learn."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from unsup_asr.encoders.hidden_states import hidden_states
from unsup_asr.encoders.transformers_speech import TransformersSpeechEncoder
from unsup_asr.errors import InputError


@dataclass(frozen=True, slots=True)
class StatesBatch:
    """Hidden states of a batch.

    Attributes:
        states: [B, L, T, D]; frames beyond an utterance's own say nothing.
        lengths: [B], how many frames are an utterance's own.
    """

    states: Tensor
    lengths: Tensor


class FineTunedEncoder(nn.Module):
    """Hidden states with gradients into the last layers; what lies below stays as it is.

    The frozen part never drops anything, in training either, and no layer is left out (LayerDrop), so that each
    state keeps its weight in a weighted sum.

    Args:
        encoder: the encoder to begin with; it stays as it is.
        last: how many of its last layers learn.

    Raises:
        InputError: it has fewer layers, or none is to learn.
    """

    def __init__(self, encoder: TransformersSpeechEncoder, last: int) -> None:
        super().__init__()
        layers = encoder.states - 1
        if not 1 <= last <= layers:
            raise InputError(
                f"the last {last} layers are to learn, the model has {layers}",
                where="encoder",
                remedy=f"take 1 to {layers}; with none, an encoder need not be fine-tuned",
            )
        self._encoder = encoder.copy()
        self.model = self._encoder.model
        self._learning = slice(layers - last, layers)
        self.learning.requires_grad_(True)
        self.train()

    @property
    def learning(self) -> nn.ModuleList:
        """The layers that learn."""
        layers: nn.ModuleList = self.model.encoder.layers[self._learning]
        return layers

    @property
    def channels(self) -> int:
        """D, the channels of a frame."""
        return self._encoder.channels

    @property
    def states(self) -> int:
        """L, the hidden states of a frame."""
        return self._encoder.states

    def train(self, mode: bool = True) -> "FineTunedEncoder":
        """Training mode for the layers that learn; the rest would drop out, skip layers and mask frames."""
        super().train(mode)
        self.model.eval()
        self.learning.train(mode)
        return self

    def forward(self, waveforms: Sequence[Tensor]) -> StatesBatch:
        """The hidden states of waveforms [n], on the model's device; in eval mode those of `encode_states`.

        They go through the model as one batch and whole: no windows are cut from long ones.
        """
        device = self.model.device
        inputs = [self._encoder.prepare(samples.to(device)) for samples in waveforms]
        lengths = [self._encoder.frames(len(samples)) for samples in inputs]
        heard = hidden_states(self.model, inputs, lengths)
        return StatesBatch(torch.stack(heard.states, dim=1), torch.tensor(lengths, device=device))

    def frozen(self) -> TransformersSpeechEncoder:
        """A copy of the encoder as it is now, to save or to encode with; its revision is that of its weights."""
        return self._encoder.copy()
