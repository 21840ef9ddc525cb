"""Sentences have the frequencies and the order of their language."""

import numpy as np
import pytest
from scipy.stats import chisquare

from unsup_asr.corpora.digit_language import NUMBER_WORDS, DigitLanguage, spell


@pytest.fixture(scope="module")
def sentences() -> list[list[int]]:
    language, rng = DigitLanguage(), np.random.default_rng(0)
    return [language.sentence(rng, 3, 6) for _ in range(6000)]


def test_it_is_a_language_of_probabilities():
    language = DigitLanguage()
    assert language.first.sum() == pytest.approx(1)
    assert language.following.sum(axis=1) == pytest.approx(np.ones(10))
    assert (language.following > 0).all()
    assert np.array_equal(language.following, DigitLanguage().following)


def test_sentences_begin_and_go_on_by_its_probabilities(sentences):
    language = DigitLanguage()
    first = np.bincount([sentence[0] for sentence in sentences], minlength=10)
    assert chisquare(first, language.first * len(sentences)).pvalue > 1e-3
    pairs = np.zeros((10, 10))
    for sentence in sentences:
        np.add.at(pairs, (sentence[:-1], sentence[1:]), 1)
    for digit in range(10):
        assert chisquare(pairs[digit], language.following[digit] * pairs[digit].sum()).pvalue > 1e-4


def test_all_lengths_are_alike_likely(sentences):
    counts = np.bincount([len(sentence) for sentence in sentences], minlength=7)
    assert counts[:3].sum() == 0 and len(counts) == 7
    assert chisquare(counts[3:]).pvalue > 1e-3


def test_digits_differ_in_frequency_and_in_company():
    """Else no language model could tell them apart: each has a frequency and followers of its own."""
    language = DigitLanguage()
    assert len(np.unique(language.first.round(6))) == 10
    assert np.abs(language.following - language.first).sum(axis=1).min() > 0.2


def test_digits_are_spelled_as_number_words():
    assert spell([3, 0, 9]) == ["three", "zero", "nine"]
    assert len(set(NUMBER_WORDS)) == 10
