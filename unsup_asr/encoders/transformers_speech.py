"""Self-supervised speech encoders of transformers: HuBERT, wav2vec 2.0, WavLM, XLS-R and their like."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from unsup_asr.errors import InputError

_RATE = 16000


class TransformersSpeechEncoder:
    """The hidden states of one layer, from a waveform prepared as the model's own configuration says.

    Args:
        model: a transformers model with a convolutional front end (`conv_kernel`, `conv_stride`).
        do_normalize: whether it was trained on waveforms of mean 0 and variance 1.
        layer: whose hidden states; 0 is the input of the first transformer layer, None the model's output.

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
        from transformers import AutoFeatureExtractor, AutoModel

        try:
            model = AutoModel.from_pretrained(name)
            extractor = AutoFeatureExtractor.from_pretrained(name)
        except (OSError, ValueError) as error:
            reason = str(error).strip().split("\n")[0]
            raise InputError(
                f"no speech encoder can be loaded from {name!r}: {reason}",
                where="encoder",
                remedy="give a folder with config.json, model.safetensors and preprocessor_config.json, or a"
                " name on the Hugging Face hub, which needs the network the first time",
            ) from error
        if extractor.sampling_rate != _RATE:
            raise InputError(
                f"{name!r} takes speech at {extractor.sampling_rate} Hz",
                where="encoder",
                remedy=f"take a model for {_RATE} Hz",
            )
        return cls(model.to(device), bool(extractor.do_normalize), layer)

    @property
    def channels(self) -> int:
        """D, the channels of a frame."""
        return int(self.model.config.hidden_size)

    def frame_times(self, n: int) -> Tensor:
        """Seconds, [n], that the frames stand for; frame t belongs to a span if start ≤ time < end."""
        return torch.arange(n, dtype=torch.float64) * self._hop / self.rate

    @torch.no_grad()
    def encode(self, samples: Tensor) -> Tensor:
        """Frames [T, D], on the CPU, of a waveform [n]; what is too short for one frame is padded to it."""
        if self.do_normalize:
            deviation = (samples.var(correction=0) + 1e-7).sqrt()
            samples = (samples - samples.mean()) / deviation
        samples = functional.pad(samples, (0, max(0, self._reach - len(samples))))
        output = self.model(samples[None].to(self.model.device), output_hidden_states=True)
        # Large models normalise once more after their last layer, which hidden_states does not show.
        is_last = self.layer == self.model.config.num_hidden_layers
        hidden = output.last_hidden_state if is_last else output.hidden_states[self.layer]
        frames: Tensor = hidden[0].float().cpu()
        return frames

    def perturb(self, segments: Tensor) -> Tensor:
        """Pooled segments as they are: these encoders have heard many voices already."""
        return segments


def receptive_field(kernels: Sequence[int], strides: Sequence[int]) -> int:
    """Samples that one frame sees: each convolution adds its kernel − 1, at the hop of those below it."""
    hop, reach = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        reach += (kernel - 1) * hop
        hop *= stride
    return reach
