"""The multigram lexicon: planted words, its trie against plain dictionaries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmenters.errors import SegmentationError
from segmenters.multigram import MultigramConfig, fit_multigram, pad

WORDS = [[0, 1, 2], [3, 4], [5, 1, 0, 3], [2, 5], [4, 0, 5]]


def corpus(count: int, seed: int = 0) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Strings of words without spaces, and true at each word's last unit."""
    chance = np.random.default_rng(seed)
    rows = [
        [WORDS[word] for word in chance.integers(len(WORDS), size=chance.integers(2, 7))]
        for _ in range(count)
    ]
    strings = [np.concatenate(row) for row in rows]
    ends = [np.concatenate([np.arange(len(word)) == len(word) - 1 for word in row]) for row in rows]
    return strings, ends


def test_planted_words_are_found():
    strings, ends = corpus(200)
    found = fit_multigram(strings, 6, MultigramConfig(mean_length=3, concentration=1.0)).segment(strings)
    right = sum(np.array_equal(a, b) for a, b in zip(ends, found, strict=True))
    assert right >= 0.95 * len(strings)


def test_a_price_sets_the_rate():
    strings, _ = corpus(50)
    model = fit_multigram(strings, 6, MultigramConfig(mean_length=3))
    total = sum(len(string) for string in strings)
    for words in (total // 5, total // 2):
        found = sum(mask.sum() for mask in model.priced(strings, words).segment(strings))
        assert 0.8 * words <= found <= words


def test_a_rate_out_of_reach_leaves_the_lexicon_as_it_is(caplog):
    strings, _ = corpus(50)
    model = fit_multigram(strings, 6, MultigramConfig(mean_length=2, longest=2))
    assert model.priced(strings, words=len(strings)) is model
    assert "likeliest words are taken" in caplog.text


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=9), min_size=1, max_size=5), st.integers(1, 4)
)
def test_the_trie_holds_the_substrings_that_recur(strings, longest):
    arrays = [np.array(string) for string in strings]
    model = fit_multigram(arrays, 4, MultigramConfig(2.0, longest, least_count=2, rounds=1))
    spans = [
        (u, t, n) for u, s in enumerate(strings) for t in range(len(s)) for n in range(min(longest, t + 1))
    ]
    text = {(u, t, n): tuple(strings[u][t - n : t + 1]) for u, t, n in spans}
    counts = {word: list(text.values()).count(word) for word in text.values()}
    table = model.lookup(pad(arrays, 4)[0])
    numbers = {word: table[place] for place, word in text.items()}
    assert all(table[place] == numbers[word] for place, word in text.items())
    assert {word for word, number in numbers.items() if number >= 0} == {
        word for word, count in counts.items() if count >= 2 or len(word) == 1
    }
    assert (table >= 0).sum() == sum(numbers[word] >= 0 for word in text.values())


def test_units_not_seen_in_training_stand_alone():
    model = fit_multigram([np.array([0, 1, 0, 1])], 3, MultigramConfig(2.0))
    assert model.segment([np.array([2])])[0].tolist() == [True]


@pytest.mark.parametrize("string", [[], [0, 6], [-1]])
def test_strings_of_other_units_are_refused(string):
    with pytest.raises(SegmentationError, match=r"a string is empty or has units outside 0 … 5"):
        fit_multigram([np.array([1]), np.array(string, dtype=int)], 6, MultigramConfig(3.0))


def test_nothing_cannot_be_learned_from():
    with pytest.raises(SegmentationError, match="there is no string to learn from"):
        fit_multigram([], 6, MultigramConfig(3.0))
    model = fit_multigram([np.array([1])], 6, MultigramConfig(3.0))
    assert model.segment([]) == []


@pytest.mark.parametrize("bad", [{"mean_length": 0.0}, {"mean_length": 3.0, "longest": 0}])
def test_settings_out_of_bounds_are_refused(bad):
    with pytest.raises(SegmentationError, match=next(reversed(bad))):
        MultigramConfig(**bad)
