"""Segmental dynamic programming against the enumeration of all segmentations, and against published code."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmenters.segmental import batches, posteriors, viterbi, viterbi_at_count


def cuts(length: int, reach: int) -> list[list[tuple[int, int]]]:
    """All segmentations into [start, end) of at most `reach` positions."""
    inner = [list(c) for n in range(length) for c in combinations(range(1, length), n)]
    paths = [list(zip([0, *c], [*c, length], strict=True)) for c in inner]
    return [path for path in paths if all(end - start <= reach for start, end in path)]


def total(table: np.ndarray, path: list[tuple[int, int]]) -> float:
    return sum(table[end - 1, end - start - 1] for start, end in path)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=4), st.integers(1, 7), st.integers(0, 99))
def test_viterbi_finds_the_cheapest_of_all_segmentations(lengths, reach, seed):
    costs = np.random.default_rng(seed).normal(size=(len(lengths), max(lengths), reach))
    ends = viterbi(costs, np.array(lengths))
    for table, mask, length in zip(costs, ends, lengths, strict=True):
        path = np.flatnonzero(mask) + 1
        found = list(zip([0, *path[:-1].tolist()], path.tolist(), strict=True))
        assert found == min(cuts(length, reach), key=lambda each: total(table, each))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=3), st.integers(1, 7), st.integers(0, 99))
def test_posteriors_are_those_of_all_segmentations(lengths, reach, seed):
    scores = np.random.default_rng(seed).normal(size=(len(lengths), max(lengths), reach))
    probability, likelihood = posteriors(scores, np.array(lengths))
    for u, length in enumerate(lengths):
        paths = cuts(length, reach)
        weights = np.exp([total(scores[u], path) for path in paths])
        expected = np.zeros(scores.shape[1:])
        for path, weight in zip(paths, weights / weights.sum(), strict=True):
            for start, end in path:
                expected[end - 1, end - start - 1] += weight
        np.testing.assert_allclose(probability[u], expected, atol=1e-9)
        assert likelihood[u] == pytest.approx(np.log(weights.sum()))


def test_viterbi_cuts_as_published_es_kmeans_does():
    # Made with forward_backward_kmeans_viterbi of kamperh/eskmeans: 8 slots, at most 4 a segment.
    scores = -(np.random.default_rng(3).random(36) * 10).round(2)
    costs = np.full((1, 8, 4), np.inf)
    for t in range(8):
        for extra in range(min(4, t + 1)):
            costs[0, t, extra] = -scores[t * (t + 1) // 2 + t - extra]
    ends = viterbi(costs, np.array([8]))[0]
    assert ends.astype(int).tolist() == [1, 0, 0, 1, 0, 1, 0, 1]
    edges = np.append(0, np.flatnonzero(ends) + 1)
    cost = sum(costs[0, end - 1, end - start - 1] for start, end in pairwise(edges))
    assert cost == pytest.approx(7.46)


@pytest.mark.parametrize("segments", [3, 6, 9, 12])
def test_a_price_sets_how_many_segments_there_are(segments):
    costs = np.random.default_rng(0).normal(size=(3, 6, 6))
    lengths = np.array([6, 4, 5])
    ends, price = viterbi_at_count(costs, lengths, segments)
    assert ends.sum() <= segments
    assert ends.sum() >= segments - 2
    np.testing.assert_array_equal(viterbi(costs + price, lengths), ends)


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(1, 200))
def test_batches_hold_each_sequence_once_and_stay_within_bounds(lengths, positions):
    found = list(batches(lengths, positions))
    assert sorted(n for batch in found for n in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[n] for n in batch) <= positions for batch in found)
