"""Bigrams of decoded speech, against counting by hand."""

import math
from collections import Counter
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.data.spoken_words import layout_of
from unsup_asr.training.decoded_transitions import decoded_transitions

ENTRIES = 5
TEXTS = st.lists(st.lists(st.integers(0, ENTRIES - 1), min_size=1, max_size=6), min_size=1, max_size=8)


@given(TEXTS)
def test_it_is_counted_and_drawn_towards_what_is_frequent(texts):
    read = torch.tensor([entry for text in texts for entry in text])
    found = decoded_transitions(read, layout_of([len(text) for text in texts]), ENTRIES)
    paths = [[ENTRIES, *(entry for entry in text if entry), ENTRIES] for text in texts]
    counts = Counter(pair for path in paths for pair in pairwise(path))
    follows, leads = Counter(), Counter()
    for (before, after), number in counts.items():
        leads[before] += number
        follows[after] += number
    total = sum(counts.values())
    for before in range(1, ENTRIES + 1):
        for after in range(1, ENTRIES + 1):
            share = follows[after] / total
            expected = (counts[before, after] + 20 * share) / (leads[before] + 20)
            wanted = math.log(expected) if expected else -1e4
            assert float(found[before, after]) == pytest.approx(wanted, rel=1e-5)
    assert found[0].eq(-1e4).all() and found[:, 0].eq(-1e4).all()


@given(TEXTS)
def test_each_word_is_followed_by_something(texts):
    read = torch.tensor([entry for text in texts for entry in text])
    found = decoded_transitions(read, layout_of([len(text) for text in texts]), ENTRIES)
    torch.testing.assert_close(found[1:].exp().sum(dim=1), torch.ones(ENTRIES))


def test_an_order_that_captions_lack_is_learned():
    """`a`, `cat`, `on`, `is` said as cat, on, is; now and then with a particle."""
    texts = [[2, 3, 4]] * 40 + [[2, 0, 3, 0, 4, 0]] * 40
    found = decoded_transitions(
        torch.tensor([e for t in texts for e in t]), layout_of([len(t) for t in texts]), ENTRIES
    )
    assert found[2].argmax() == 3 and found[3].argmax() == 4 and found[4].argmax() == ENTRIES
