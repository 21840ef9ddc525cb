"""What a speech encoder is, and how one is had by name."""

from pathlib import Path
from typing import Protocol

from torch import Tensor

from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder

LOG_MEL = "log_mel"


class SpeechEncoder(Protocol):
    """Turns waveforms into frames, one utterance at a time, so that padding cannot change them."""

    @property
    def rate(self) -> int:
        """Samples per second of the waveforms it takes."""
        ...

    @property
    def channels(self) -> int:
        """D, the channels of a frame."""
        ...

    def frame_times(self, n: int) -> Tensor:
        """Seconds, [n], that the frames stand for; frame t belongs to a span if start ≤ time < end."""
        ...

    def encode(self, samples: Tensor) -> Tensor:
        """Frames [T, D], on the CPU, of a waveform [n]."""
        ...

    def perturb(self, segments: Tensor) -> Tensor:
        """Pooled segments [N, S, D + 1] as other voices would say them, for training."""
        ...


def load_encoder(name: str, log_mel: LogMelConfig, device: str = "cpu") -> SpeechEncoder:
    """The encoder of a name.

    Args:
        name: `log_mel`, or a transformers model by hub name or folder; `:LAYER` after it takes the hidden
            states of that layer instead of the last.
        log_mel: the configuration of `log_mel`.
        device: where a transformers model computes.

    Raises:
        InputError: there is no such model, or it is no speech encoder.
    """
    if name == LOG_MEL:
        return LogMelEncoder(log_mel)
    from unsup_asr.encoders.transformers_speech import TransformersSpeechEncoder

    return TransformersSpeechEncoder.load(*_split(name), device)


def portable_name(name: str) -> str:
    """A name that holds from any folder: that of a local folder becomes absolute."""
    model, layer = _split(name)
    if not Path(model).is_dir():
        return name
    suffix = "" if layer is None else f":{layer}"
    return f"{Path(model).resolve()}{suffix}"


def _split(name: str) -> tuple[str, int | None]:
    """`MODEL:LAYER`, of which the layer may be missing."""
    model, colon, layer = name.rpartition(":")
    return (model, int(layer)) if colon and layer.isdecimal() else (name, None)
