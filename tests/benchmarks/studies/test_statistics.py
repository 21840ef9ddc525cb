"""Figures about choices against hand-computed ones, and Spearman's ρ by its definition over ranks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.studies.statistics import bootstrap, converged, near_median, pick, rank_correlation

VALUES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=15)


def test_a_pick_is_held_against_the_best():
    wers = [30.0, 5.0, 7.5, 5.0, 90.0, 6.0, 8.0, 9.0]
    best, third, last = pick(1, wers), pick(5, wers), pick(4, wers)
    assert (best.distance, best.rank, best.best_quarter) == (0.0, 1, True)
    assert (third.distance, third.rank, third.best_quarter) == (1.0, 3, False)
    assert (last.distance, last.rank, last.best_quarter) == (85.0, 8, False)
    assert pick(5, [*wers, 50.0]).best_quarter, "a quarter of nine, rounded up, is three"


def midranks(values: list[float]) -> np.ndarray:
    """The mean place of each value among all."""
    return np.array([np.mean([sum(v < x for v in values) + 1, sum(v <= x for v in values)]) for x in values])


@given(VALUES)
def test_spearman_is_pearsons_correlation_of_ranks(pairs):
    scores, wers = ([float(value) for value in column] for column in zip(*pairs, strict=True))
    found = rank_correlation(scores, wers)
    if len(set(scores)) == 1 or len(set(wers)) == 1:
        assert math.isnan(found)
    else:
        expected = np.corrcoef(midranks(scores), midranks([-wer for wer in wers]))[0, 1]
        assert found == pytest.approx(expected)


def test_spearman_without_ties_by_hand():
    """Differences of ranks 0, 1, −1, 0: 1 − 6·2 / (4·15) = 0.8."""
    assert rank_correlation([4.0, 3.0, 2.0, 1.0], [1.0, 3.0, 2.0, 4.0]) == pytest.approx(0.8)


def test_the_interval_of_a_mean_is_that_of_its_distribution():
    values = np.random.default_rng(0).normal(10.0, 2.0, 400)
    interval = bootstrap(400, lambda drawn: float(values[drawn].mean()))
    error = values.std() / math.sqrt(400)
    assert interval.low == pytest.approx(values.mean() - 1.96 * error, abs=0.2 * error)
    assert interval.high == pytest.approx(values.mean() + 1.96 * error, abs=0.2 * error)


def test_draws_that_say_nothing_are_left_out():
    assert bootstrap(5, lambda drawn: math.nan if drawn[0] else 3.0) == bootstrap(5, lambda drawn: 3.0)
    assert math.isnan(bootstrap(5, lambda drawn: math.nan).low)


def test_collapsed_is_nearer_to_chance_than_to_the_best():
    assert converged([4.0, 48.0, 52.0, 99.0], [96.0, 96.0, 96.0, 96.0]) == [0, 1]


def test_near_the_median_includes_its_bounds():
    assert near_median([10.0, 12.0, 12.0, 17.0, 17.1], 5.0) == 4
