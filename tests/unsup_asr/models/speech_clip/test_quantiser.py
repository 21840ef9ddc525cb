"""The chosen token, and the gradient that says which would have been better."""

import pytest
import torch
from torch.nn import functional

from unsup_asr.models.speech_clip.config import QuantiserConfig
from unsup_asr.models.speech_clip.quantiser import Quantiser

B, K, V, W = 3, 4, 11, 5


@pytest.fixture
def table() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(V, W)


@pytest.fixture
def cosines() -> torch.Tensor:
    torch.manual_seed(1)
    return (2 * torch.rand(B, K, V) - 1).requires_grad_()


def test_value_and_gradient_are_those_of_the_straight_through_softmax(cosines, table):
    """The plain form: one-hot + softmax − softmax without gradient, times the table."""
    chosen = Quantiser(QuantiserConfig(temperature=0.3))(cosines, table)
    wanted = torch.randn(B, K, W)
    (gradient,) = torch.autograd.grad((chosen.embeddings * wanted).sum(), cosines)
    soft = (cosines / 0.3).softmax(dim=-1)
    hard = functional.one_hot(cosines.argmax(dim=-1), V)
    plain = (hard + soft - soft.detach()) @ table
    (expected,) = torch.autograd.grad((plain * wanted).sum(), cosines)
    torch.testing.assert_close(gradient, expected)
    assert torch.equal(chosen.embeddings, table[cosines.argmax(dim=-1)])
    assert torch.equal(chosen.choices, cosines.argmax(dim=-1))


def test_gumbel_draws_tokens_as_often_as_the_softmax_says(table):
    """Gumbel-max: the argmax of log p + noise is distributed as p (Gumbel 1954)."""
    torch.manual_seed(2)
    cosines = torch.tensor([0.5, -0.2, 0.9, 0.0]).expand(20000, 1, 4)
    chosen = Quantiser(QuantiserConfig(temperature=0.7, gumbel=True))(cosines, table[:4])
    shares = torch.bincount(chosen.choices.flatten(), minlength=4) / 20000
    torch.testing.assert_close(shares, cosines[0, 0].softmax(dim=-1), atol=0.02, rtol=0)


def test_in_evaluation_nothing_is_drawn(cosines, table):
    quantiser = Quantiser(QuantiserConfig(gumbel=True)).eval()
    chosen = quantiser(cosines, table)
    assert torch.equal(chosen.choices, cosines.argmax(dim=-1))
    assert not chosen.embeddings.requires_grad


def test_a_learnable_temperature_learns(cosines, table):
    quantiser = Quantiser(QuantiserConfig(kind="learnable", temperature=0.5))
    quantiser(cosines, table).embeddings.square().sum().backward()
    assert quantiser.temperature.grad.abs() > 0


def test_a_scheduled_temperature_falls_to_its_lowest():
    quantiser = Quantiser(QuantiserConfig(kind="scheduled", temperature=2.0, decay=0.5, lowest=0.3))
    seen = []
    for step in range(4):
        quantiser.anneal(step)
        seen.append(float(quantiser.temperature))
    assert seen == pytest.approx([2.0, 1.0, 0.5, 0.3])
    assert "temperature" in quantiser.state_dict()


def test_a_fixed_temperature_stays(table):
    quantiser = Quantiser(QuantiserConfig(temperature=0.1))
    quantiser.anneal(1000)
    assert float(quantiser.temperature) == pytest.approx(0.1)
