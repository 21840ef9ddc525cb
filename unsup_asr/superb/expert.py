"""The upstream: waveforms in, hidden states per layer out, frozen as SUPERB wants it."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from unsup_asr.errors import InputError
from unsup_asr.hidden_layers import load_layers

# S3PRL's only sampling rate.
_RATE = 16000


class UpstreamExpert(nn.Module):
    """A model as S3PRL calls it; the name is S3PRL's, too.

    Its weights are frozen: no gradient passes, and S3PRL's `--upstream_trainable` has nothing to train.

    Args:
        ckpt: as `hidden_layers.load_layers` takes it.
        model_config, kwargs: what S3PRL tells every upstream; there is nothing to configure.

    Raises:
        InputError: there is no such model, or it does not take speech at 16 kHz.
    """

    def __init__(self, ckpt: str, model_config: str | None = None, **kwargs: Any) -> None:
        super().__init__()
        self.layers = load_layers(ckpt)
        if self.layers.rate != _RATE:
            fault = f"takes speech at {self.layers.rate} Hz, S3PRL gives {_RATE}"
            raise InputError(fault, where=ckpt, remedy=f"take a model for {_RATE} Hz")
        # So that S3PRL's .to(device) moves them.
        self.computing = nn.ModuleList(self.layers.modules).eval().requires_grad_(False)

    def train(self, mode: bool = True) -> "UpstreamExpert":
        """Stay without dropout, whatever S3PRL asks for."""
        return super().train(False)

    def get_downsample_rates(self, key: str) -> int:
        """Samples from frame to frame, the same for every layer."""
        return round(self.layers.hop * _RATE)

    def forward(self, wavs: Sequence[Tensor]) -> dict[str, Any]:
        """Hidden states of waveforms [n] at 16 kHz: each layer's frames [B, T, D], and the last layer's alone."""
        layers, _ = self.layers([wav.detach().cpu() for wav in wavs])
        states = [layer.to(wavs[0].device) for layer in layers]
        return {"hidden_states": states, "last_hidden_state": states[-1]}
