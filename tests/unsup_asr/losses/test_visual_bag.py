import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import one_hot

from unsup_asr.losses.visual_bag import visual_bag_loss

SIZE = 5


def drawn(seed: int, length: int = 4) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Distributions of three utterances, their mask, what pictures call for, and what is expected anyway."""
    generator = torch.Generator().manual_seed(seed)
    draws = torch.randn(3, length, SIZE, generator=generator, dtype=torch.float64)
    mask = torch.arange(length) < torch.tensor([[length], [2], [1]])
    called = 3 * torch.rand(3, SIZE, generator=generator, dtype=torch.float64)
    unseen = torch.rand(SIZE, generator=generator, dtype=torch.float64)
    return draws.softmax(dim=-1) * mask[..., None], mask, called, unseen


@given(seed=st.integers(0, 1000))
def test_it_is_the_poisson_deviance(seed):
    words, mask, called, unseen = drawn(seed)
    expected = (words.sum(dim=1) + unseen)[:, 1:]
    negative = nn.PoissonNLLLoss(log_input=False, reduction="sum")
    least = negative(called[:, 1:], called[:, 1:])
    wanted = (negative(expected, called[:, 1:]) - least) / 3
    assert float(visual_bag_loss(words, mask, called, unseen)) == pytest.approx(float(wanted), abs=1e-5)


@given(seed=st.integers(0, 1000))
def test_order_and_null_do_not_matter_and_nothing_is_less_than_nought(seed):
    words, mask, called, unseen = drawn(seed)
    loss = visual_bag_loss(words, mask, called, unseen)
    assert loss >= -1e-6
    torch.testing.assert_close(visual_bag_loss(words.flip(1), mask.flip(1), called, unseen), loss)
    called[:, 0], unseen[0] = 7.0, 7.0
    torch.testing.assert_close(visual_bag_loss(words, mask, called, unseen), loss)


def test_what_is_written_as_often_as_it_is_called_for_costs_nothing():
    text = torch.tensor([[1, 3, 3, 0], [2, 0, 0, 0]])
    words, mask = one_hot(text, SIZE).float(), torch.ones(2, 4, dtype=torch.bool)
    called = torch.tensor([[0, 1, 0, 2, 0.5], [0, 0, 1, 0, 0.5]])
    unseen = torch.tensor([0, 0, 0, 0, 0.5])
    assert visual_bag_loss(words, mask, called, unseen).item() == pytest.approx(0, abs=1e-5)


def test_a_dictionary_is_learned_from_bags_and_what_stands_everywhere_yields_null():
    """Sounds 1 to 3 mean words 1 to 3; sound 0 stands in every utterance beside one or two of them."""
    sounds = torch.tensor([[0, 1, 2], [3, 0, 1], [2, 3, 0], [0, 0, 1], [2, 0, 0], [0, 3, 0]])
    mask = torch.ones_like(sounds, dtype=torch.bool)
    called = one_hot(sounds, SIZE).sum(dim=1).float()
    called[:, 4] = 1.0  # captions say it of every picture
    unseen = torch.tensor([0, 0, 0, 0, 1.0])
    table = nn.Embedding(4, SIZE)
    nn.init.zeros_(table.weight)
    optimiser = torch.optim.Adam(table.parameters(), 0.1)
    for _ in range(200):
        optimiser.zero_grad()
        visual_bag_loss(table(sounds).softmax(dim=-1), mask, called, unseen).backward()
        optimiser.step()
    assert table.weight.argmax(dim=1).tolist() == [0, 1, 2, 3]


def test_a_word_that_nothing_makes_likely_keeps_gradients_finite():
    words = torch.zeros(1, 2, SIZE, requires_grad=True)
    mask = torch.zeros(1, 2, dtype=torch.bool)
    visual_bag_loss(words, mask, torch.ones(1, SIZE), torch.zeros(SIZE)).backward()
    assert torch.isfinite(words.grad).all()
