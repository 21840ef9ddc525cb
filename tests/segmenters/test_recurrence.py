"""What comes back is told from what does not."""

import pytest
import torch

from segmenters.errors import SegmentationError
from segmenters.recurrence import recurrence


def draw(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def words(types: int, noise: float, count: int = 2000) -> torch.Tensor:
    """Segments of some word types, each with a sound of its own."""
    sounds = torch.randn(types, 30, generator=draw(0))
    said = torch.randint(types, (count,), generator=draw(1))
    return sounds[said] + noise * torch.randn(count, 30, generator=draw(2))


def test_a_few_sounds_said_again_and_again_recur_wholly():
    assert recurrence(words(10, noise=0.0), clusters=10) == pytest.approx(100, abs=0.1)


def test_what_is_drawn_at_random_does_not_recur():
    noise = torch.randn(2000, 30, generator=draw(0))
    assert recurrence(noise, clusters=40) == pytest.approx(0, abs=1.5)


def test_the_more_alike_the_more_recurs():
    figures = [recurrence(words(20, noise), clusters=20) for noise in (0.1, 0.5, 1.0, 2.0)]
    assert figures == sorted(figures, reverse=True) and figures[0] > 90 > 30 > figures[-1]


def test_halves_of_two_words_recur_less_than_words():
    """Cut half a word late, each segment ends with the half of any word: as many pairs as there are."""
    sounds = torch.randn(20, 2, 15, generator=draw(0))
    said = torch.randint(20, (2001,), generator=draw(1))
    halves = sounds[said] + 0.1 * torch.randn(2001, 2, 15, generator=draw(2))
    whole, late = halves[:-1].flatten(1), torch.cat([halves[:-1, 1], halves[1:, 0]], dim=1)
    assert recurrence(whole, clusters=20) > recurrence(late, clusters=20) + 20


def test_units_of_measure_and_place_do_not_matter():
    segments = words(20, noise=0.5)
    assert recurrence(100 * segments + 7, clusters=20) == pytest.approx(
        recurrence(segments, clusters=20), abs=0.1
    )


def test_the_same_seed_gives_the_same():
    segments = words(20, noise=0.5)
    assert recurrence(segments, 15, seed=1) == recurrence(segments, 15, seed=1) != recurrence(segments, 15)


def test_silence_does_not_recur():
    assert recurrence(torch.zeros(50, 8), clusters=5) == 0


def test_fewer_segments_than_clusters_are_refused():
    with pytest.raises(SegmentationError, match=r"3 segments are fewer than 5 clusters \(give more speech"):
        recurrence(torch.zeros(3, 8), clusters=5)
