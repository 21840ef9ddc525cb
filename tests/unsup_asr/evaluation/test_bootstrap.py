"""Intervals cover what they promise; resampling is what it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.evaluation import bootstrap
from unsup_asr.evaluation.bootstrap import (
    bootstrap_interval,
    interval,
    paired_bootstrap,
    rate,
    resampled_sums,
)


def test_intervals_cover_the_true_rate_as_often_as_they_promise():
    """Utterances of unequal length whose speakers differ, so that errors within an utterance go together."""
    generator = np.random.default_rng(0)
    hits = 0
    for _ in range(300):
        lengths = generator.integers(1, 12, size=150)
        errors = generator.binomial(lengths, generator.beta(2, 6, size=150))
        found = bootstrap_interval(errors, lengths, resamples=300)
        hits += found.low <= 100 * 2 / 8 <= found.high
    # Three deviations of a binomial share of 95 % in 300 experiments are 3.8 %; percentiles run a little short.
    assert 0.90 <= hits / 300 <= 0.99


def test_an_interval_is_that_of_the_normal_distribution():
    """The mean of n figures of deviation s: ±1.96 s / √n."""
    figures = np.random.default_rng(1).normal(50, 10, size=400)
    counts = np.stack([figures / 100, np.ones(400)], axis=1)
    found = interval(rate(resampled_sums(counts, 20_000)))
    half = 1.96 * figures.std() / 20
    assert found.low == pytest.approx(figures.mean() - half, abs=0.05)
    assert found.high == pytest.approx(figures.mean() + half, abs=0.05)


def test_twice_the_resamples_come_in_parts_that_make_up_the_whole(monkeypatch):
    counts = np.random.default_rng(2).random((20, 3))
    whole = resampled_sums(counts, 50, seed=4)
    monkeypatch.setattr(bootstrap, "_CHUNK", 20 * 7)
    parts = resampled_sums(counts, 50, seed=4)
    assert parts.shape == (50, 3)
    np.testing.assert_allclose(parts, whole)


@given(st.integers(1, 30), st.integers(0, 5))
def test_every_test_set_has_as_many_utterances(n, seed):
    """Utterance k counts as the k-th unit vector: sums are how often each was drawn."""
    drawn = resampled_sums(np.eye(n), 40, seed)
    assert (drawn.sum(axis=1) == n).all()
    assert (drawn >= 0).all() and (drawn == drawn.round()).all()


def test_rates_without_a_reference_are_no_number_and_are_passed_over():
    sums = np.array([[3.0, 10.0], [1.0, 0.0], [1.0, 4.0]])
    found = rate(sums)
    assert found[[0, 2]].tolist() == [30.0, 25.0]
    assert np.isnan(found[1])
    assert interval([np.nan, 5.0, 5.0]).low == 5


def test_pairs_are_drawn_together():
    """A system that errs once more in every utterance is worse by exactly that in every test set."""
    generator = np.random.default_rng(3)
    errors, lengths = generator.integers(0, 5, 60), np.full(60, 4)
    one, other = (np.stack([e, lengths], axis=1) for e in (errors, errors + 1))
    found = paired_bootstrap(one, other, resamples=200)
    assert found.difference == pytest.approx(-25)
    assert (found.interval.low, found.interval.high) == (pytest.approx(-25), pytest.approx(-25))
    assert found.p_value == pytest.approx(2 / 201)


def test_the_paired_test_agrees_with_the_exact_one():
    """McNemar's exact test: of 20 utterances that differ, 15 favour the second."""
    first = np.r_[np.ones(15), np.zeros(5), np.zeros(80)]
    second = np.r_[np.zeros(15), np.ones(5), np.zeros(80)]
    counts = [np.stack([errors, np.ones(100)], axis=1) for errors in (first, second)]
    found = paired_bootstrap(*counts, resamples=20_000)
    from scipy.stats import binomtest

    exact = binomtest(15, 20).pvalue
    assert found.difference == pytest.approx(10)
    # The bootstrap is an approximation to the unconditional test, which is the less conservative.
    assert 0.3 * exact < found.p_value < 1.5 * exact
