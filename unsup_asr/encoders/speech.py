"""What a speech encoder is, and how one is had by name."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from torch import Tensor

from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.encoders.names import EncoderName

LOG_MEL = "log_mel"


class SpeechEncoder(Protocol):
    """Turns waveforms into frames; what else is encoded with an utterance never changes them."""

    @property
    def rate(self) -> int:
        """Samples per second of the waveforms it takes."""
        ...

    @property
    def channels(self) -> int:
        """D, the channels of a frame."""
        ...

    @property
    def states(self) -> int:
        """L, the hidden states that a frame has."""
        ...

    @property
    def hop(self) -> float:
        """Seconds from frame to frame."""
        ...

    @property
    def revision(self) -> str:
        """What identifies its weights and settings: encoders of one revision make the same frames."""
        ...

    def frame_times(self, n: int) -> Tensor:
        """Seconds, [n], that the frames stand for; frame t belongs to a span if start ≤ time < end."""
        ...

    def encode(self, samples: Tensor) -> Tensor:
        """Frames [T, D], on the CPU, of a waveform [n]."""
        ...

    def encode_states(self, waveforms: Sequence[Tensor]) -> list[Tensor]:
        """All hidden states [L, T, D], on the CPU in float32, of each waveform [n]."""
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

    wanted = EncoderName.parse(name)
    return TransformersSpeechEncoder.load(wanted.model, wanted.layer, device)


def portable_name(name: str) -> str:
    """A name that holds from any folder: that of a local folder becomes absolute."""
    parsed = EncoderName.parse(name)
    if not Path(parsed.model).is_dir():
        return name
    return str(replace(parsed, model=str(Path(parsed.model).resolve())))
