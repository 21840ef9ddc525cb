"""The segmenters without a model: gold times, equal lengths, dips of loudness."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmenters.energy import EnergyConfig, energy
from segmenters.errors import SegmentationError
from segmenters.gold import gold
from segmenters.segmentation import Segmentation, Span
from segmenters.uniform import uniform

RATE = 16000


@dataclass
class Aligned:
    start: float
    end: float


def test_gold_keeps_words_in_order_and_silences_as_gaps() -> None:
    segmentation = gold("a", 2.0, [Aligned(0.1, 0.5), Aligned(0.7, 2.005)])
    assert segmentation == Segmentation("a", 2.0, (Span(0.1, 0.5), Span(0.7, 2.0)), "gold")


def test_gold_without_words_is_refused() -> None:
    with pytest.raises(SegmentationError, match=r"^a: has no word times"):
        gold("a", 2.0, [])


@settings(deadline=None)
@given(st.floats(0.05, 60), st.floats(0.1, 10))
def test_uniform_tiles_with_the_count_the_rate_gives(duration: float, rate: float) -> None:
    spans = uniform("a", duration, rate).spans
    assert len(spans) == max(1, round(duration * rate))
    assert (spans[0].start, spans[-1].end) == (0.0, duration)
    assert all(left.end == right.start for left, right in pairwise(spans))
    assert np.ptp([span.end - span.start for span in spans]) < 1e-9 * duration


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(SegmentationError, match="words_per_second"):
        uniform("a", 2.0, rate)


def bursts(spans: list[tuple[float, float]], duration: float, dip: float = 0.0) -> np.ndarray:
    """Noise that is loud inside the spans, `dip` as loud between the first and last, and faint outside."""
    times = np.arange(round(duration * RATE)) / RATE
    level = np.where((times >= spans[0][0]) & (times < spans[-1][1]), dip, 0.0) + 0.001
    for start, end in spans:
        level[(times >= start) & (times < end)] = 0.3
    return level * np.random.default_rng(0).standard_normal(len(times))


def test_words_between_silences_are_found_with_their_gaps() -> None:
    planted = [(0.3, 0.8), (1.0, 1.4), (1.55, 2.2)]
    found = energy("a", bursts(planted, 2.5), RATE, EnergyConfig(words_per_second=3 / 2.5)).spans
    np.testing.assert_allclose([(span.start, span.end) for span in found], planted, atol=0.04)


def test_words_that_touch_meet_at_the_dip() -> None:
    planted = [(0.3, 0.8), (0.86, 1.4), (1.46, 2.2)]
    found = energy("a", bursts(planted, 2.5, dip=0.1), RATE, EnergyConfig(words_per_second=3 / 2.5)).spans
    np.testing.assert_allclose([span.end for span in found], [0.83, 1.43, 2.2], atol=0.03)
    assert [span.start for span in found[1:]] == [span.end for span in found[:-1]]


def test_the_deepest_dips_are_kept() -> None:
    samples = bursts([(0.3, 0.8), (0.86, 1.4), (1.46, 2.2)], 2.5, dip=0.1)
    samples[round(1.4 * RATE) : round(1.46 * RATE)] *= 0.1  # the second dip is by far the deeper one
    found = energy("a", samples, RATE, EnergyConfig(words_per_second=2 / 2.5)).spans
    assert [span.end for span in found] == pytest.approx([1.42, 2.2], abs=0.04)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 8), st.sampled_from([8000, 16000, 22050]))
def test_energy_never_exceeds_its_rate_and_is_always_valid(
    seed: int, words_per_second: float, rate: int
) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(round(0.025 * rate) + 1, 3 * rate))
    samples = rng.standard_normal(n) * np.abs(np.repeat(rng.standard_normal(n // 400 + 1), 400)[:n])
    segmentation = energy("a", samples, rate, EnergyConfig(words_per_second))
    assert 1 <= len(segmentation.spans) <= max(1, round(segmentation.duration * words_per_second))
    assert all(a.end <= b.start for a, b in pairwise(segmentation.spans))


@pytest.mark.parametrize("samples", [np.zeros(RATE), np.ones(RATE), np.zeros(RATE, dtype=np.float32)])
def test_a_signal_without_any_change_is_one_span(samples: np.ndarray) -> None:
    assert len(energy("a", samples, RATE, EnergyConfig(2.0)).spans) == 1


def test_loudness_alone_does_not_matter() -> None:
    samples = bursts([(0.3, 0.8), (1.0, 1.4), (1.55, 2.2)], 2.5, dip=0.05)
    config = EnergyConfig(2.0)
    assert energy("a", samples, RATE, config).spans == energy("a", samples / 4, RATE, config).spans


def test_what_energy_cannot_use_is_refused() -> None:
    with pytest.raises(SegmentationError, match=r"^a: lasts 0\.0125 s"):
        energy("a", np.zeros(200), RATE, EnergyConfig(2.0))
    with pytest.raises(SegmentationError, match="out of bounds"):
        EnergyConfig(words_per_second=0.0)


def test_long_recordings_are_heard_in_stretches_without_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    samples = rng.normal(size=16000 * 3) * np.repeat(rng.random(30), 1600)
    config = EnergyConfig(words_per_second=4.0)
    whole = energy("u", samples, 16000, config)
    monkeypatch.setattr("segmenters.energy._STRETCH", 7)
    assert energy("u", samples, 16000, config).spans == whole.spans
