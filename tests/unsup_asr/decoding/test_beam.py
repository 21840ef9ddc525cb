import itertools

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from unsup_asr.decoding.beam import beam_search

TEXT = [
    line.split() for line in ("a dog runs", "a big dog sleeps", "a dog", "big dog runs", "a a dog runs big")
]
# Null, words, and one entry of two pieces.
ENTRIES = [(), ("a",), ("dog",), ("big", "dog")]
SIZE = len(ENTRIES)
MODEL = EntryLM.from_arpa(estimate(TEXT, 3), ENTRIES)


def draw(batch: int, length: int, seed: int) -> Tensor:
    return torch.randn(batch, length, SIZE, generator=torch.Generator().manual_seed(seed))


def brute_force(scores: Tensor) -> tuple[Tensor, Tensor]:
    """All sentences over the positions of scores [T, V], the best first, and their scores."""
    length = len(scores)
    ids = torch.tensor(list(itertools.product(range(SIZE), repeat=length)))
    totals = scores[torch.arange(length), ids].sum(dim=1) + MODEL.score(ids, torch.full((len(ids),), length))
    order = totals.argsort(descending=True)
    return ids[order], totals[order]


@given(
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    weight=st.floats(0.1, 3),
    seed=st.integers(0, 1000),
)
def test_a_beam_that_holds_everything_finds_all_sentences_in_order(lengths, weight, seed):
    longest = max(lengths)
    scores = weight * draw(len(lengths), longest, seed)
    mask = torch.arange(longest) < torch.tensor(lengths)[:, None]
    found = beam_search(scores, mask, MODEL, SIZE**longest)
    for row, length in enumerate(lengths):
        ids, totals = brute_force(scores[row, :length])
        torch.testing.assert_close(found.scores[row, : len(ids)], totals, atol=1e-4, rtol=1e-5)
        assert torch.equal(found.entries[row, 0, :length], ids[0])
        assert (found.entries[row, :, length:] == 0).all()


@given(seed=st.integers(0, 1000))
def test_posteriors_over_all_sentences_are_exact(seed):
    scores = draw(1, 3, seed)
    found = beam_search(scores, torch.ones(1, 3, dtype=torch.bool), MODEL, SIZE**3)
    ids, totals = brute_force(scores[0])
    expected = torch.zeros(3, SIZE)
    for sentence, weight in zip(ids, totals.softmax(dim=0), strict=True):
        expected[torch.arange(3), sentence] += weight
    torch.testing.assert_close(found.posteriors(SIZE)[0], expected, atol=1e-4, rtol=1e-4)


@given(beam=st.integers(1, 20), seed=st.integers(0, 1000))
def test_every_score_is_that_of_its_sentence(beam, seed):
    scores = draw(3, 5, seed)
    found = beam_search(scores, torch.ones(3, 5, dtype=torch.bool), MODEL, beam)
    for rank in range(beam):
        entries = found.entries[:, rank]
        heard = scores.gather(2, entries[..., None]).sum(dim=(1, 2))
        expected = heard + MODEL.score(entries, torch.full((3,), 5))
        torch.testing.assert_close(found.scores[:, rank], expected, atol=1e-4, rtol=1e-5)


def test_a_loud_ear_drowns_the_model():
    scores = 1000 * draw(4, 6, seed=0)
    found = beam_search(scores, torch.ones(4, 6, dtype=torch.bool), MODEL, 2)
    assert torch.equal(found.entries[:, 0], scores.argmax(dim=-1))


def test_utterances_do_not_influence_each_other():
    scores = draw(3, 5, seed=1)
    mask = torch.arange(5) < torch.tensor([5, 2, 3])[:, None]
    together = beam_search(scores, mask, MODEL, 4)
    for row in range(3):
        alone = beam_search(scores[row : row + 1], mask[row : row + 1], MODEL, 4)
        assert torch.equal(alone.entries[0], together.entries[row])
        torch.testing.assert_close(alone.scores[0], together.scores[row])


def test_the_model_decides_where_the_ear_cannot():
    """`dog` and `a` sound alike: after `a`, English wants `dog`."""
    scores = torch.full((1, 2, SIZE), -9.0)
    scores[0, 0, 1] = scores[0, 1, 1] = scores[0, 1, 2] = 0.0
    found = beam_search(scores, torch.ones(1, 2, dtype=torch.bool), MODEL, 8)
    assert found.entries[:, 0].tolist() == [[1, 2]]
