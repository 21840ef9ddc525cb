"""Background noise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.corpora.mini.noise import noisy


def _tone(seconds: float = 2.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * 220 * np.arange(int(seconds * 16_000)) / 16_000)).astype(np.float32)


@given(snr=st.floats(0, 40), seed=st.integers(0, 2**32 - 1))
def test_the_ratio_is_the_one_asked_for(snr: float, seed: int) -> None:
    speech = _tone()
    noise = noisy(speech, snr, np.random.default_rng(seed)).astype(np.float64) - speech
    measured = 10 * np.log10(np.mean(speech.astype(np.float64) ** 2) / np.mean(noise**2))
    # Where the sum would pass ±1 it is scaled down, which shows only at low ratios.
    if snr > 10:
        assert measured == pytest.approx(snr, abs=0.1)


def test_colours_lie_between_white_and_brown() -> None:
    speech = _tone()
    frequencies = np.fft.rfftfreq(len(speech), 1 / 16_000)
    band = (frequencies > 300) & (frequencies < 7000)
    slopes = []
    for seed in range(20):
        noise = noisy(speech, 20, np.random.default_rng(seed)) - speech
        power = np.abs(np.fft.rfft(noise)) ** 2
        slopes.append(np.polyfit(np.log(frequencies[band]), np.log(power[band]), 1)[0])
    assert min(slopes) > -2.1 and max(slopes) < 0.1
    assert np.ptp(slopes) > 1


def test_equal_draws_are_equal_and_stay_in_range() -> None:
    loud = 3 * _tone()
    first, second = (noisy(loud, 5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.dtype == np.float32 and np.abs(first).max() <= 1


@pytest.mark.parametrize("length", [0, 1, 1000])
def test_silence_stays_silent(length: int) -> None:
    assert not noisy(np.zeros(length, np.float32), 20, np.random.default_rng(0)).any()
