"""Phrases are exchanged where they stand whole, and the words after them go with them."""

from itertools import pairwise, product

import pytest
import torch
from torch import Tensor

from unsup_asr.training.exchanged_text import Exchange, frequent_phrases, likeliest_between, renamed

A, B, C, D, E = range(1, 6)
EDGE = 6


@pytest.fixture
def follow() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(EDGE + 1, EDGE + 1, generator=generator)


def exchanged(text: Tensor, exchange: Exchange, follow: Tensor) -> Tensor:
    """The text with the exchange made wherever both phrases stand."""
    phrases = frequent_phrases(text, len(exchange.first), 1000, EDGE)
    stands = [
        phrases.get((exchange.after, *phrase), torch.zeros(0, dtype=torch.long))
        for phrase in (exchange.first, exchange.second)
    ]
    return renamed(text, exchange, (stands[0], stands[1]), follow).made(text)


def laid(*sentences: list[int]) -> Tensor:
    return torch.tensor([EDGE, *(word for sentence in sentences for word in (*sentence, EDGE))])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_words_between_are_the_likeliest_of_all(follow, count):
    beyond = torch.tensor([A, D, EDGE])
    found = likeliest_between(B, beyond, count, follow)
    for words, last in zip(found.tolist(), beyond.tolist(), strict=True):
        scores = {
            path: sum(float(follow[one, other]) for one, other in pairwise([B, *path, last]))
            for path in product(range(1, EDGE), repeat=count)
        }
        assert tuple(words) == max(scores, key=lambda path: scores[path])


def test_both_phrases_take_each_others_place_behind_their_word_alone(follow):
    text = laid([A, B, E], [C, D, E], [E, A, B], [A, D], [C], [B, C, D])
    found = exchanged(text, Exchange(EDGE, (A, B), (C, D), 0), follow)
    assert found.tolist() == laid([C, D, E], [A, B, E], [E, A, B], [A, D], [C], [B, C, D]).tolist()


def test_what_follows_is_chosen_anew_unless_the_utterance_ends_before(follow):
    text = laid([A, B, E], [C, D, E], [A], [C, D])
    found = exchanged(text, Exchange(EDGE, (A,), (C,), 1), follow)
    (to_e,), (to_c,) = (likeliest_between(word, torch.tensor([E]), 1, follow)[:, 0] for word in (C, A))
    (to_end,) = likeliest_between(A, torch.tensor([EDGE]), 1, follow)[:, 0]
    assert found.tolist() == laid([C, int(to_e), E], [A, int(to_c), E], [A], [A, int(to_end)]).tolist()


def test_one_that_begins_in_what_another_renames_stays(follow):
    text = laid([E, A, E, C, B])
    found = exchanged(text, Exchange(E, (A,), (C,), 2), follow)
    assert found[2] == C and found[5] == B and len(found) == len(text)
    (between,) = likeliest_between(C, torch.tensor([B]), 2, follow).tolist()
    assert found[3:5].tolist() == between


def test_exchanging_twice_is_as_if_nothing_had_been_done(follow):
    torch.manual_seed(0)
    text = laid(*torch.randint(1, EDGE, (50, 6)).tolist())
    once = exchanged(text, Exchange(A, (B,), (C,), 0), follow)
    assert once.tolist() != text.tolist()
    assert exchanged(once, Exchange(A, (B,), (C,), 0), follow).tolist() == text.tolist()


def test_where_neither_stands_nothing_changes(follow):
    text = laid([A, B], [B, A])
    assert exchanged(text, Exchange(D, (A,), (B,), 2), follow).tolist() == text.tolist()


def test_one_that_begins_next_to_what_another_renames_stays(follow):
    """Each is judged by the words beside it, which are to stay."""
    text = laid([E, A, E, C, B])
    found = exchanged(text, Exchange(E, (A,), (C,), 1), follow)
    assert found[2] == C and found[4:6].tolist() == [C, B]


@pytest.mark.parametrize("following", [0, 1])
def test_what_a_text_gains_is_the_difference_of_its_log_probabilities(follow, following):
    torch.manual_seed(1)
    text = laid(*torch.randint(1, EDGE, (50, 7)).tolist())
    exchange = Exchange(A, (B,), (C,), following)
    phrases = frequent_phrases(text, 1, 1000, EDGE)
    change = renamed(text, exchange, (phrases[A, B], phrases[A, C]), follow)
    before, after = (float(follow[row[:-1], row[1:]].sum()) for row in (text, change.made(text)))
    assert float(change.gain(text, follow)) == pytest.approx(after - before, abs=1e-3)
    assert change.before.tolist() == text[change.places].tolist()


def test_the_most_frequent_phrases_are_found_where_they_begin():
    text = laid([A, B, A, B], [A, B], [C])
    assert {phrase: places.tolist() for phrase, places in frequent_phrases(text, 1, 2, EDGE).items()} == {
        (A, B): [2, 4, 7],
        (EDGE, A): [1, 6],
    }
    assert list(frequent_phrases(text, 2, 1000, EDGE)) == [(A, B, A), (B, A, B), (EDGE, A, B)]
