"""The hidden states of transformers' speech encoders, in batches that no padding reaches.

HuBERT, wav2vec 2.0, XLS-R, data2vec-audio and their like. Padding would get into the frames in three places, and
is kept out of each:

- base models' first convolution is followed by a group norm over time: utterances of different lengths go
  through the convolutions one at a time;
- attention: padded frames are masked;
- positions that are convolved more than once, or normalised over the batch, and convolutions inside the layers:
  such models hear utterances of different lengths one at a time.

Shapes: B utterances, L hidden states, T frames, D channels.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

# States are recorded where they leave the layers: two threads in one model would record each other's.
_TURN = Lock()


@dataclass(frozen=True, slots=True)
class HiddenStates:
    """What an encoder makes of a batch; frames beyond an utterance's own say nothing.

    Attributes:
        states: L tensors [B, T, D]: the input of the first layer, and each layer's output.
        output: the model's output [B, T, D]. Large models normalise the last state once more to get it.
    """

    states: list[Tensor]
    output: Tensor


def hidden_states(model: Any, waveforms: Sequence[Tensor], lengths: Sequence[int]) -> HiddenStates:
    """The hidden states of a batch, each utterance's as if it were alone; threads take turns.

    Args:
        model: a transformers model with `feature_extractor`, `feature_projection` and `encoder`.
        waveforms: [n], ready for the model and on its device.
        lengths: how many frames each of them has.
    """
    with _TURN:
        return _hidden_states(model, waveforms, lengths)


def _hidden_states(model: Any, waveforms: Sequence[Tensor], lengths: Sequence[int]) -> HiddenStates:
    even = len(set(lengths)) == 1
    if not even and _hears_padding(model.encoder):
        each = [
            _hidden_states(model, [waveform], [n]) for waveform, n in zip(waveforms, lengths, strict=True)
        ]
        return _together(each)
    frames = model.feature_projection(_convolved(model, waveforms, max(lengths)))
    # wav2vec 2.0 gives what it has not projected, too.
    frames = frames[0] if isinstance(frames, tuple) else frames
    own = torch.arange(frames.shape[1]) < torch.tensor(lengths)[:, None]
    with _recorded(model.encoder.layers) as states:
        output = model.encoder(frames, attention_mask=None if even else own.to(frames.device))
    return HiddenStates(states, output.last_hidden_state)


def _convolved(model: Any, waveforms: Sequence[Tensor], longest: int) -> Tensor:
    """Frames [B, T, C] before they are projected."""
    if len({len(waveform) for waveform in waveforms}) == 1:
        convolved: Tensor = model.feature_extractor(torch.stack(list(waveforms))).transpose(1, 2)
        return convolved
    if model.config.feat_extract_norm == "group":
        alone = [model.feature_extractor(waveform[None])[0].T for waveform in waveforms]
        return pad_sequence(alone, batch_first=True)
    padded = pad_sequence(list(waveforms), batch_first=True)
    convolved = model.feature_extractor(padded).transpose(1, 2)
    return convolved[:, :longest]


def _hears_padding(encoder: Any) -> bool:
    """Whether a mask is not enough: only positions of one plain convolution see zeros beyond the end."""
    positions = getattr(encoder, "pos_conv_embed", None)
    plain = hasattr(positions, "conv") and getattr(positions, "batch_norm", None) is None
    return not plain or any(isinstance(module, nn.Conv1d) for module in encoder.layers.modules())


@contextmanager
def _recorded(layers: nn.ModuleList) -> Iterator[list[Tensor]]:
    """What enters the first layer and leaves each; filled by a forward pass inside the context."""
    states: list[Tensor] = []

    def enter(layer: nn.Module, arguments: tuple[Any, ...]) -> None:
        states.append(arguments[0])

    def leave(layer: nn.Module, arguments: tuple[Any, ...], output: Any) -> None:
        states.append(output[0] if isinstance(output, tuple) else output)

    hooks = [layers[0].register_forward_pre_hook(enter)]
    hooks += [layer.register_forward_hook(leave) for layer in layers]
    try:
        yield states
    finally:
        for hook in hooks:
            hook.remove()


def _together(each: Sequence[HiddenStates]) -> HiddenStates:
    """Batches of one as one batch."""
    states = [
        pad_sequence([state[0] for state in alike], batch_first=True)
        for alike in zip(*(one.states for one in each), strict=True)
    ]
    return HiddenStates(states, pad_sequence([one.output[0] for one in each], batch_first=True))
