"""The criteria against their closed forms, and wav2vec-U's rule against one written out run by run."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.training.criteria import (
    picture_likelihood,
    used_likelihood,
    wav2vec_u_choice,
    weighted_perplexity,
)

FIGURES = st.lists(
    st.tuples(st.floats(2, 1000), st.floats(0.01, 1), st.floats(-5000, -1)), min_size=1, max_size=12
)


def test_closed_forms():
    assert used_likelihood(8.0, 0.5) == pytest.approx(-math.log(16))
    assert weighted_perplexity(8.0, 0.5) == 32
    assert picture_likelihood(8.0, 0.5, 0.25) == pytest.approx(-math.log(64))


@given(FIGURES)
def test_weighting_ranks_like_the_logarithm_with_use_twice(figures):
    for perplexity, use, _ in figures:
        doubly = used_likelihood(perplexity, use) + math.log(use)
        assert math.log(weighted_perplexity(perplexity, use)) == pytest.approx(-doubly)


def test_few_words_said_over_and_over_lose_by_their_use():
    """Half the perplexity is not worth a tenth of the vocabulary."""
    healthy, collapsed = (10.0, 1.0), (5.0, 0.1)
    assert used_likelihood(*healthy) > used_likelihood(*collapsed)
    assert wav2vec_u_choice([5.0, 10.0], [0.1, 1.0], [-100.0, -300.0]) == 1


def test_within_the_tolerance_the_likelier_text_is_taken():
    """11.9 is below 1.2 × 10, 12.1 is not."""
    assert wav2vec_u_choice([10.0, 11.9], [1.0, 1.0], [-300.0, -200.0]) == 1
    assert wav2vec_u_choice([10.0, 12.1], [1.0, 1.0], [-300.0, -200.0]) == 0


def test_who_uses_less_has_less_tolerance():
    """At nine tenths of the anchor's use the bound is 1.2 × 0.9 × 10 = 10.8."""
    assert wav2vec_u_choice([10.0, 10.7], [1.0, 0.9], [-300.0, -200.0]) == 1
    assert wav2vec_u_choice([10.0, 10.9], [1.0, 0.9], [-300.0, -200.0]) == 0


@given(FIGURES)
def test_the_rule_is_the_papers(figures):
    anchor = min(figures, key=lambda run: math.log(run[0]) - math.log(run[1]))
    kept = [
        run
        for run in figures
        if run is anchor
        or math.log(run[0]) < math.log(anchor[0]) + math.log(run[1] / anchor[1]) + math.log(1.2)
    ]
    chosen = figures[wav2vec_u_choice(*map(list, zip(*figures, strict=True)))]
    assert chosen[2] == max(run[2] for run in kept)
