import pytest
import torch
from torch import Tensor

from unsup_asr.losses.adversarial import discriminator_loss, gradient_penalty
from unsup_asr.models.discriminator import Discriminator, DiscriminatorConfig


@pytest.fixture
def model() -> Discriminator:
    torch.manual_seed(0)
    return Discriminator(DiscriminatorConfig(hidden=16), width=6)


def mask_of(lengths: list[int], longest: int) -> Tensor:
    return torch.arange(longest) < torch.tensor(lengths)[:, None]


def test_padding_changes_nothing(model):
    tokens = torch.randn(3, 7, 6)
    lengths = [7, 2, 4]
    together = model(tokens, mask_of(lengths, 7))
    for row, length in enumerate(lengths):
        alone = model(tokens[row : row + 1, :length], mask_of([length], length))
        torch.testing.assert_close(together[row], alone[0])


def test_it_reads_from_left_to_right(model):
    """A position's score hears of no later position: the sum over the first n is what n alone would give."""
    tokens = torch.randn(1, 6, 6)
    sums = [n * model(tokens, mask_of([n], 6)) for n in range(1, 7)]
    changed = tokens.clone()
    changed[:, 4:] = 9.0
    again = [n * model(changed, mask_of([n], 6)) for n in range(1, 7)]
    torch.testing.assert_close(sums[:4], again[:4])
    assert not torch.allclose(sums[4], again[4])


def test_no_words_at_all_score_zero(model):
    assert torch.equal(model(torch.randn(2, 3, 6), mask_of([0, 0], 3)), torch.zeros(2))


def test_it_learns_to_tell_order(model):
    """The same words, counted in one order or the other: nothing but order tells them apart."""
    torch.manual_seed(0)
    words = torch.randn(5, 6)
    up, down = words[None].expand(8, -1, -1), words.flip(0)[None].expand(8, -1, -1)
    everywhere = torch.ones(8, 5, dtype=torch.bool)
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(60):
        loss = discriminator_loss(model(up, everywhere), model(down, everywhere))
        loss = loss + 0.1 * gradient_penalty(model, up, everywhere, down, everywhere)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert model(up, everywhere)[0] > 1 > -1 > model(down, everywhere)[0]
