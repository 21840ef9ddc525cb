"""The tiny speech encoder: log-mel energies, normalised per utterance."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b

import torch
from librosa.filters import mel
from torch import Tensor
from torch.nn import functional

_FFT = 512
# Frames whose spectra are taken at once: a minute at 10 ms.
_STRETCH = 6000


@dataclass
class LogMelConfig:
    """Log-mel energies.

    Attributes:
        mels: channels on the mel scale.
        hop: samples between frames; 160 is 10 ms.
        window: samples a frame sees.
        lowest: lowest frequency in Hz.
        highest: highest frequency in Hz; recordings of 8 kHz hold nothing above 4,000.
        stretch: by what share `perturb` stretches the mel axis at most, as another vocal tract would (VTLP,
            Jaitly & Hinton 2013).
        shift: channels by which it shifts the mel axis at most.
    """

    mels: int = 40
    hop: int = 160
    window: int = 400
    lowest: float = 60.0
    highest: float = 7600.0
    stretch: float = 0.15
    shift: float = 3.0


class LogMelEncoder:
    """Waveform at 16 kHz to frames [T, mels], mean 0 and deviation 1 per channel over the utterance."""

    rate = 16000
    states = 1

    def __init__(self, config: LogMelConfig) -> None:
        self.config = config
        bank = mel(sr=self.rate, n_fft=_FFT, n_mels=config.mels, fmin=config.lowest, fmax=config.highest)
        self._bank = torch.from_numpy(bank)
        self._window = torch.hann_window(config.window)

    @property
    def channels(self) -> int:
        """D, the channels of a frame."""
        return self.config.mels

    @property
    def hop(self) -> float:
        """Seconds from frame to frame."""
        return self.config.hop / self.rate

    @property
    def revision(self) -> str:
        """A hash of its settings: it has no weights."""
        settings = json.dumps([self.rate, _FFT, asdict(self.config)])
        return blake2b(settings.encode(), digest_size=16).hexdigest()

    def frame_times(self, n: int) -> Tensor:
        """Seconds, [n], that the frames stand for; frame t belongs to a span if start ≤ time < end."""
        return torch.arange(n, dtype=torch.float64) * self.config.hop / self.rate

    def encode(self, samples: Tensor) -> Tensor:
        """Frames [T, D] of a waveform [n], of any length: spectra are taken a stretch at a time."""
        hop, padded = self.config.hop, functional.pad(samples, (_FFT // 2, _FFT // 2))
        count = len(samples) // hop + 1
        stretches = [
            padded[first * hop : (min(first + _STRETCH, count) - 1) * hop + _FFT]
            for first in range(0, count, _STRETCH)
        ]
        energies = torch.cat([self._energies(stretch) for stretch in stretches], dim=1).T
        return (energies - energies.mean(dim=0)) / (energies.std(dim=0, correction=0) + 1e-3)

    def encode_states(self, waveforms: Sequence[Tensor]) -> list[Tensor]:
        """The frames [1, T, D] of each waveform [n]: their only state."""
        return [self.encode(samples)[None] for samples in waveforms]

    def _energies(self, stretch: Tensor) -> Tensor:
        """Log-mel energies [D, t] of samples that begin and end half a window beyond the first and last frame."""
        spectrum = torch.stft(
            stretch,
            n_fft=_FFT,
            hop_length=self.config.hop,
            win_length=self.config.window,
            window=self._window,
            center=False,
            return_complex=True,
        )
        return (self._bank @ spectrum.abs().square() + 1e-6).log()

    def perturb(self, segments: Tensor) -> Tensor:
        """Pooled segments [N, S, mels + 1] as other voices would say them; the duration stays."""
        count, slots, mels = len(segments), segments.shape[1], self.config.mels
        device = segments.device
        stretch = 1 + self.config.stretch * (2 * torch.rand(count, 1, device=device) - 1)
        shift = self.config.shift * (2 * torch.rand(count, 1, device=device) - 1)
        middle = (mels - 1) / 2
        places = ((torch.arange(mels, device=device) - middle) * stretch + middle + shift).clamp(0, mels - 1)
        below = places.floor().long().clamp(max=mels - 2)
        share = (places - below)[:, None]
        index = below[:, None].expand(-1, slots, -1)
        energies = segments[..., :mels]
        moved = energies.gather(2, index) * (1 - share) + energies.gather(2, index + 1) * share
        return torch.cat([moved, segments[..., mels:]], dim=-1)
