"""Self-supervised speech encoders of transformers: HuBERT, wav2vec 2.0, WavLM, XLS-R and their like."""

import copy
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from unsup_asr.encoders.hidden_states import hidden_states
from unsup_asr.encoders.hub import load_from_hub
from unsup_asr.encoders.revision import weights_revision
from unsup_asr.encoders.windows import Window, windows
from unsup_asr.errors import InputError

_RATE = 16000
# Longer recordings are heard in windows of so many seconds, of which so many at each inner edge are context.
WINDOW_SECONDS = 60.0
CONTEXT_SECONDS = 5.0
# Seconds of speech that go through the model at once, at least one window.
_BATCH_SECONDS, _GPU_BATCH_SECONDS = 20.0, 320.0


class TransformersSpeechEncoder:
    """Hidden states, from a waveform prepared as the model's own configuration says.

    Recordings of more than a minute are heard in overlapping windows, so memory does not grow with their length;
    a window's group norm and attention know that window alone.

    Args:
        model: a transformers model with a convolutional front end (`conv_kernel`, `conv_stride`).
        do_normalize: whether it was trained on waveforms of mean 0 and variance 1.
        layer: whose hidden states `encode` gives; 0 is the input of the first transformer layer, None the
            model's output.

    Raises:
        InputError: the model is no speech encoder, or has no such layer.
    """

    rate = _RATE

    def __init__(self, model: Any, do_normalize: bool, layer: int | None = None) -> None:
        self.model = model.eval().requires_grad_(False)
        self.do_normalize = do_normalize
        if not hasattr(model.config, "conv_stride"):
            raise InputError(
                f"{type(model).__name__} is no speech encoder that works on waveforms",
                where="encoder",
                remedy="take HuBERT, wav2vec 2.0, WavLM or XLS-R",
            )
        layers = model.config.num_hidden_layers
        self.layer = layers if layer is None else layer
        if not 0 <= self.layer <= layers:
            raise InputError(
                f"layer {layer} is asked for, the model has {layers}",
                where="encoder",
                remedy=f"take 0 to {layers}",
            )
        self._hop: int = math.prod(model.config.conv_stride)
        self._reach = receptive_field(model.config.conv_kernel, model.config.conv_stride)

    @classmethod
    def load(cls, name: str, layer: int | None = None, device: str = "cpu") -> "TransformersSpeechEncoder":
        """Load a model by hub name, or from a folder that its `save_pretrained` wrote.

        Raises:
            InputError: it cannot be found or read, or its feature extractor is not one for 16 kHz.
        """
        model, extractor = load_from_hub(name)
        if extractor.sampling_rate != _RATE:
            raise InputError(
                f"{name!r} takes speech at {extractor.sampling_rate} Hz",
                where="encoder",
                remedy=f"take a model for {_RATE} Hz",
            )
        return cls(model.to(device), bool(extractor.do_normalize), layer)

    def copy(self) -> "TransformersSpeechEncoder":
        """The same encoder with weights of its own."""
        return type(self)(copy.deepcopy(self.model), self.do_normalize, self.layer)

    def save(self, folder: str | Path) -> None:
        """Write config.json, model.safetensors and preprocessor_config.json, for `load`."""
        from transformers import Wav2Vec2FeatureExtractor

        self.model.save_pretrained(folder)
        Wav2Vec2FeatureExtractor(do_normalize=self.do_normalize).save_pretrained(folder)

    @property
    def channels(self) -> int:
        """D, the channels of a frame."""
        return int(self.model.config.hidden_size)

    @property
    def states(self) -> int:
        """L, the hidden states of a frame: the input of the first layer, and each layer's output."""
        return int(self.model.config.num_hidden_layers) + 1

    @property
    def hop(self) -> float:
        """Seconds from frame to frame."""
        return self._hop / self.rate

    @cached_property
    def revision(self) -> str:
        """A hash of weights, configuration and normalisation, the same from the hub and from a folder."""
        return weights_revision(self.model, do_normalize=self.do_normalize)

    def frame_times(self, n: int) -> Tensor:
        """Seconds, [n], that the frames stand for; frame t belongs to a span if start ≤ time < end."""
        return torch.arange(n, dtype=torch.float64) * self._hop / self.rate

    def frames(self, samples: int) -> int:
        """How many frames a waveform has; what is too short for one frame is padded to it."""
        return (max(samples, self._reach) - self._reach) // self._hop + 1

    def prepare(self, samples: Tensor) -> Tensor:
        """A waveform [n] as the model takes it: normalised if it was trained so, and long enough for a frame."""
        if self.do_normalize:
            deviation = (samples.var(correction=0) + 1e-7).sqrt()
            samples = (samples - samples.mean()) / deviation
        return functional.pad(samples, (0, max(0, self._reach - len(samples))))

    def encode(self, samples: Tensor) -> Tensor:
        """Frames [T, D], on the CPU, of a waveform [n]; what is too short for one frame is padded to it."""
        # The model's output, not the last state: large models normalise it once more.
        is_last = self.layer == self.states - 1
        [frames] = self._encode([samples], [self.states if is_last else self.layer])
        return frames[0]

    def encode_states(self, waveforms: Sequence[Tensor]) -> list[Tensor]:
        """All hidden states [L, T, D], on the CPU in float32, of each waveform [n].

        The last state is the last layer's, as `hidden_states` of transformers and the layer results of fairseq
        have it; where `do_stable_layer_norm` is set, `encode` gives it normalised by the encoder's own norm.
        """
        return self._encode(waveforms, range(self.states))

    def perturb(self, segments: Tensor) -> Tensor:
        """Pooled segments as they are: these encoders have heard many voices already."""
        return segments

    @torch.no_grad()
    def _encode(self, waveforms: Sequence[Tensor], wanted: Sequence[int]) -> list[Tensor]:
        """The wanted states, [S, T, D], of each waveform; after the last state comes the model's output."""
        encoded = [torch.empty(len(wanted), self.frames(len(w)), self.channels) for w in waveforms]
        pieces = [piece for at, samples in enumerate(waveforms) for piece in self._pieces(at, samples)]
        for batch in self._batches(pieces):
            inputs = [piece.samples.to(self.model.device) for piece in batch]
            heard = hidden_states(self.model, inputs, [self.frames(len(each)) for each in inputs])
            every = [*heard.states, heard.output]
            states = torch.stack([every[index] for index in wanted], dim=1).float().cpu()
            for piece, own in zip(batch, states, strict=True):
                window = piece.window
                encoded[piece.waveform][:, window.first : window.last] = own[:, window.kept]
        return encoded

    def _pieces(self, waveform: int, samples: Tensor) -> "Iterator[_Piece]":
        """The waveform, or windows of it; the last reaches to the last sample."""
        samples, total = self.prepare(samples), self.frames(len(samples))
        context = round(CONTEXT_SECONDS / self.hop)
        for window in windows(total, self.frames(round(WINDOW_SECONDS * self.rate)), context):
            end = None if window.stop == total else (window.stop - 1) * self._hop + self._reach
            yield _Piece(waveform, window, samples[window.start * self._hop : end])

    def _batches(self, pieces: "Sequence[_Piece]") -> "Iterator[list[_Piece]]":
        """Pieces of like length together, so that little is padded."""
        seconds = _BATCH_SECONDS if self.model.device.type == "cpu" else _GPU_BATCH_SECONDS
        batch: list[_Piece] = []
        for piece in sorted(pieces, key=lambda piece: len(piece.samples)):
            if batch and (len(batch) + 1) * len(piece.samples) > seconds * self.rate:
                yield batch
                batch = []
            batch.append(piece)
        if batch:
            yield batch


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """What goes through the model: a window of one of the waveforms."""

    waveform: int
    window: Window
    samples: Tensor


def receptive_field(kernels: Sequence[int], strides: Sequence[int]) -> int:
    """Samples that one frame sees: each convolution adds its kernel − 1, at the hop of those below it."""
    hop, reach = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        reach += (kernel - 1) * hop
        hop *= stride
    return reach
