"""Soft background noise, so that synthetic speech is not spotless."""

import numpy as np
from numpy.typing import NDArray

# Exponents of the noise's power spectrum, 1/f^a: 0 is white, 1 pink (rain, a busy room), 2 brown (wind).
_WHITE, _BROWN = 0.0, 2.0
# Below this frequency, in Hz at 16 kHz, the spectrum is flat: a room's rumble does not grow without bound.
_CORNER = 50.0
_SAMPLE_RATE = 16_000


def noisy(samples: NDArray[np.float32], snr_db: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Speech with background noise of a random colour between white and brown.

    Args:
        samples: float32 [n], 16 kHz.
        snr_db: power of the speech over that of the noise, in dB, over the whole utterance.
        rng: draws the colour and the noise.

    Returns:
        float32 [n], at the same level as `samples`; scaled down where it would pass ±1. Silence stays silent.
    """
    if not samples.any():
        return samples.copy()
    noise = _coloured(len(samples), rng.uniform(_WHITE, _BROWN), rng)
    speech_power = np.mean(np.square(samples, dtype=np.float64))
    mixed = samples + noise * np.sqrt(speech_power / 10 ** (snr_db / 10))
    limited: NDArray[np.float32] = (mixed / max(1.0, np.abs(mixed).max())).astype(np.float32)
    return limited


def _coloured(length: int, exponent: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Noise of power 1 whose power spectrum falls as 1/f^exponent."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    frequencies = np.fft.rfftfreq(length, 1 / _SAMPLE_RATE)
    noise: NDArray[np.float64] = np.fft.irfft(
        spectrum * np.maximum(frequencies, _CORNER) ** (-exponent / 2), length
    )
    noise /= np.sqrt(np.mean(noise**2))
    return noise
