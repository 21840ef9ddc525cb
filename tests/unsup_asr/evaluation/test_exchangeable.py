"""Groups that a planted grammar has, and affinities against their formula word by word."""

import math
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.evaluation.exchangeable import AFFINITY, affinities, exchangeable_words

CAPTIONS = st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=6), min_size=1, max_size=8)
COLOURS, ANIMALS, PLACES = ("red", "blue", "green"), ("dog", "cat"), ("street", "beach")


def neighbours(captions: list[list[str]], word: str, step: int) -> Counter[str]:
    padded = [["<s>", *caption, "</s>"] for caption in captions]
    return Counter(row[n + step] for row in padded for n in range(1, len(row) - 1) if row[n] == word)


def overlap(one: Counter[str], other: Counter[str]) -> float:
    return sum(math.sqrt(one[w] / one.total() * other[w] / other.total()) for w in one)


@given(CAPTIONS)
def test_affinity_is_that_of_the_words_before_times_that_of_those_after(captions):
    words = sorted({word for caption in captions for word in caption})
    found = affinities(captions, words)
    for (i, one), (j, other) in product(enumerate(words), repeat=2):
        sides = [
            overlap(neighbours(captions, one, step), neighbours(captions, other, step)) for step in (-1, 1)
        ]
        assert found[i, j] == pytest.approx(math.prod(sides))
    np.testing.assert_allclose(found.diagonal(), 1)


@given(st.lists(st.tuples(st.floats(0.001, 1), st.floats(0.001, 1)), min_size=2, max_size=6))
def test_an_affinity_bounds_how_well_neighbours_tell_two_words_apart(weights):
    one, other = (np.array(side) / sum(side) for side in zip(*weights, strict=True))
    affinity, errors = np.sqrt(one * other).sum(), np.minimum(one, other).sum() / 2
    assert errors >= (1 - math.sqrt(max(0, 1 - affinity**2))) / 2 - 1e-9


def test_the_least_affinity_means_that_14_percent_are_exchanged():
    assert round(100 * (1 - math.sqrt(1 - AFFINITY**2)) / 2) == 14


def planted(rng: np.random.Generator, count: int) -> list[list[str]]:
    draws = [(rng.choice(COLOURS), rng.choice(ANIMALS), rng.choice(PLACES)) for _ in range(count)]
    return [["a", str(c), str(a), "sleeps", "on", "the", str(p)] for c, a, p in draws]


def test_words_of_one_place_in_a_sentence_are_a_group():
    groups = exchangeable_words(planted(np.random.default_rng(0), 300))
    assert sorted(map(sorted, groups)) == sorted(map(sorted, (COLOURS, ANIMALS, PLACES)))


def test_what_another_neighbour_gives_away_is_no_group():
    captions = [["a", "dog", "barks"], ["a", "cat", "sleeps"]] * 20
    assert exchangeable_words(captions) == []


def test_rare_words_are_in_no_group():
    captions = [["a", "dog", "sleeps"], ["a", "cat", "sleeps"]] * 9
    assert exchangeable_words(captions) == []
    assert exchangeable_words(captions, minimum=9) == [("cat", "dog")]


@pytest.mark.parametrize("captions", [[], [["dog"]] * 20])
def test_without_two_words_there_is_no_group(captions):
    assert exchangeable_words(captions) == []
