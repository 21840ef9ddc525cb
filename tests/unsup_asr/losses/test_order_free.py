import itertools
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import one_hot

from unsup_asr.losses.order_free import bag_loss, caption_bags, caption_pairs, skip_gram_loss

SIZE = 5
SENTENCES = [[1, 2, 3], [2, 2, 4], [3, 1], [4]]


def padded(sentences: list[list[int]]) -> Tensor:
    longest = max(map(len, sentences))
    return torch.tensor([[*s, *[0] * (longest - len(s))] for s in sentences])


def certain(sentences: list[list[int]]) -> tuple[Tensor, Tensor]:
    ids = padded(sentences)
    mask = torch.arange(ids.shape[1]) < torch.tensor([[len(s)] for s in sentences])
    return one_hot(ids, SIZE).float() * mask[..., None], mask


def soft(seed: int, length: int = 4) -> tuple[Tensor, Tensor]:
    draws = torch.randn(3, length, SIZE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    mask = torch.arange(length) < torch.tensor([[length], [2], [1]])
    return draws.softmax(dim=-1) * mask[..., None], mask


def divergence(found: Tensor, wanted: Tensor) -> float:
    there = found > 0
    return float((found[there] * (found[there] / (wanted[there] + 1e-8)).log()).sum())


@pytest.mark.parametrize("reach", [1, 2, 9])
def test_pairs_of_captions_are_counted_one_by_one(reach):
    counts = Counter[tuple[int, int]]()
    for sentence in SENTENCES:
        for (i, v), (j, w) in itertools.permutations(enumerate(sentence), 2):
            counts[v, w] += abs(i - j) <= reach
    expected = torch.zeros(SIZE, SIZE)
    for pair, number in counts.items():
        expected[pair] = number / counts.total()
    torch.testing.assert_close(caption_pairs(padded(SENTENCES), SIZE, reach), expected)


def test_bags_of_captions_are_counted_one_by_one():
    expected = torch.zeros(SIZE, SIZE)
    for sentence in SENTENCES:
        for pair in itertools.product(set(sentence), repeat=2):
            expected[pair] += 1
    torch.testing.assert_close(caption_bags(padded(SENTENCES), SIZE), expected / expected.sum())


@pytest.mark.parametrize("reach", [1, 2])
def test_the_captions_themselves_cost_nothing_and_in_any_order_the_bags_neither(reach):
    words, mask = certain(SENTENCES)
    turned, turned_mask = certain([sentence[::-1] for sentence in SENTENCES])
    pairs, bags = caption_pairs(padded(SENTENCES), SIZE, reach), caption_bags(padded(SENTENCES), SIZE)
    for heard, where in ((words, mask), (turned, turned_mask)):
        assert skip_gram_loss(heard, where, pairs, reach).item() == pytest.approx(0, abs=1e-5)
        assert bag_loss(heard, where, bags).item() == pytest.approx(0, abs=1e-5)
    shuffled, shuffled_mask = certain([[1, 3, 2], [2, 4, 2], [1, 3], [4]])
    assert bag_loss(shuffled, shuffled_mask, bags).item() == pytest.approx(0, abs=1e-5)


@given(reach=st.integers(1, 4), seed=st.integers(0, 1000))
def test_expected_pairs_are_those_of_all_drawn_sentences(reach, seed):
    """Every sentence of independent positions, weighed by its probability."""
    words, mask = soft(seed)
    expected = torch.zeros(SIZE, SIZE, dtype=torch.float64)
    for row, there in zip(words, mask, strict=True):
        length = int(there.sum())
        for sentence in itertools.product(range(SIZE), repeat=length):
            share = row[torch.arange(length), list(sentence)].prod()
            for (i, v), (j, w) in itertools.permutations(enumerate(sentence), 2):
                if v and w and abs(i - j) <= reach:
                    expected[v, w] += share
    wanted = caption_pairs(padded(SENTENCES), SIZE, reach).double()
    loss = skip_gram_loss(words, mask, wanted, reach)
    assert float(loss) == pytest.approx(divergence(expected / expected.sum(), wanted), abs=1e-5)


@given(seed=st.integers(0, 1000))
def test_a_bag_holds_a_word_unless_every_position_lacks_it(seed):
    words, mask = soft(seed)
    expected = torch.zeros(SIZE, SIZE, dtype=torch.float64)
    for row in words:
        held = [1.0 - float((1 - row[:, word]).prod()) for word in range(SIZE)]
        for v, w in itertools.product(range(1, SIZE), repeat=2):
            expected[v, w] += held[v] if v == w else held[v] * held[w]
    wanted = caption_bags(padded(SENTENCES), SIZE).double()
    assert float(bag_loss(words, mask, wanted)) == pytest.approx(
        divergence(expected / expected.sum(), wanted), abs=1e-5
    )


def test_gradients_lead_to_words_that_stand_together_in_captions():
    """Beside a certain 1, captions have 2 or 3, never 4."""
    captions = padded([[1, 2], [2, 1], [1, 3]])
    logits = torch.zeros(1, SIZE, requires_grad=True)
    first = one_hot(torch.tensor([1]), SIZE).float()
    words = torch.stack([first, logits.softmax(dim=-1)], dim=1)
    mask = torch.ones(1, 2, dtype=torch.bool)
    for loss in (
        skip_gram_loss(words, mask, caption_pairs(captions, SIZE, 2), 2),
        bag_loss(words, mask, caption_bags(captions, SIZE)),
    ):
        (gradient,) = torch.autograd.grad(loss, logits, retain_graph=True)
        assert gradient[0, 4] > 0
        assert gradient[0, 2] < 0


def test_nothing_to_pair_costs_nothing_and_keeps_gradients_finite():
    words = torch.zeros(2, 1, SIZE, requires_grad=True)
    mask = torch.ones(2, 1, dtype=torch.bool)
    loss = skip_gram_loss(words, mask, caption_pairs(padded(SENTENCES), SIZE, 2), 2)
    loss.backward()
    assert loss.item() == 0
    assert torch.isfinite(words.grad).all()
