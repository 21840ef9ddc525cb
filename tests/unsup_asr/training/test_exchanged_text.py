"""Phrases are exchanged where they stand whole, and the words after them go with them."""

from itertools import pairwise, product

import pytest
import torch
from torch import Tensor

from unsup_asr.training.exchanged_text import Exchange, exchanged, likeliest_between

A, B, C, D, E = range(1, 6)
EDGE = 6


@pytest.fixture
def follow() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(EDGE + 1, EDGE + 1, generator=generator)


def laid(*sentences: list[int]) -> Tensor:
    return torch.tensor([EDGE, *(word for sentence in sentences for word in (*sentence, EDGE))])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_words_between_are_the_likeliest_of_all(follow, count):
    beyond = torch.tensor([A, D, EDGE])
    found = torch.stack(likeliest_between(B, beyond, count, follow), dim=1)
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
    (to_e,), (to_c,) = (likeliest_between(word, torch.tensor([E]), 1, follow)[0] for word in (C, A))
    (to_end,) = likeliest_between(A, torch.tensor([EDGE]), 1, follow)[0]
    assert found.tolist() == laid([C, int(to_e), E], [A, int(to_c), E], [A], [A, int(to_end)]).tolist()


def test_one_that_begins_in_what_another_renames_stays(follow):
    text = laid([E, A, E, C, B])
    found = exchanged(text, Exchange(E, (A,), (C,), 2), follow)
    assert found[2] == C and found[5] == B and len(found) == len(text)
    (between,) = torch.stack(likeliest_between(C, torch.tensor([B]), 2, follow), dim=1).tolist()
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
