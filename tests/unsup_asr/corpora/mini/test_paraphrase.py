"""Forms are chosen by weight, within bounds of length, and alike for messages of one form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from unsup_asr.corpora.mini.paraphrase import LONGEST, SHORTEST, Paraphrase, choose_paraphrase
from unsup_asr.errors import InputError

WEIGHTS = [1.0, 2.0, 5.0]


def forms(noun: str) -> list[Paraphrase]:
    return [Paraphrase(f"form {k} of {noun}", weight) for k, weight in enumerate(WEIGHTS)]


def test_forms_are_as_common_as_their_weights():
    rng = np.random.default_rng(0)
    chosen = [int(choose_paraphrase(forms("dog"), rng)[1]) for _ in range(4000)]
    counts = np.bincount(chosen, minlength=3)
    assert chisquare(counts, np.array(WEIGHTS) / sum(WEIGHTS) * 4000).pvalue > 1e-3


@given(st.integers(0, 1000))
def test_messages_of_one_form_are_said_alike(seed):
    one, other = (choose_paraphrase(forms(noun), np.random.default_rng(seed)) for noun in ("dog", "cat"))
    assert one[:-1] == other[:-1]


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.integers(0, 100))
def test_sentences_are_of_a_permitted_length(lengths, seed):
    said = [Paraphrase(" ".join(["word"] * length)) for length in lengths]
    permitted = [length for length in lengths if SHORTEST <= length <= LONGEST]
    rng = np.random.default_rng(seed)
    if permitted:
        assert len(choose_paraphrase(said, rng)) in permitted
    else:
        with pytest.raises(InputError, match=f"has {SHORTEST} to {LONGEST} words"):
            choose_paraphrase(said, rng)


def test_among_the_permitted_the_weights_still_count():
    """The heaviest form is too long; the other two share what is left as one to two."""
    said = [*forms("dog")[:2], Paraphrase("far too long " * 9, 5.0)]
    rng = np.random.default_rng(1)
    counts = np.bincount([int(choose_paraphrase(said, rng)[1]) for _ in range(3000)], minlength=2)
    assert chisquare(counts, [1000, 2000]).pvalue > 1e-3
