import pytest
import torch
from torch.nn import LayerNorm

from unsup_asr.encoders.layer_sum import LayerSum
from unsup_asr.errors import InputError


@pytest.fixture
def states() -> torch.Tensor:
    """[B, L, T, D], each state larger than the one before."""
    drawn = torch.randn(2, 5, 7, 6, generator=torch.Generator().manual_seed(0))
    return drawn * torch.arange(1, 6)[:, None, None] + 0.5


def test_at_first_all_states_count_alike(states):
    torch.testing.assert_close(LayerSum(5)(states), states.mean(dim=1))


@pytest.mark.parametrize("normalised", [False, True])
def test_learned_shares_weigh_the_states(states, normalised):
    layer_sum = LayerSum(5, normalised)
    logarithms = torch.tensor([0.1, 0.2, 0.3, 0.15, 0.25]).log()
    layer_sum.load_state_dict({"weights": logarithms + 3})
    norm = LayerNorm(6, elementwise_affine=False) if normalised else torch.nn.Identity()
    expected = sum(share * norm(states[:, at]) for at, share in enumerate([0.1, 0.2, 0.3, 0.15, 0.25]))
    torch.testing.assert_close(layer_sum(states), expected)
    torch.testing.assert_close(layer_sum.shares, logarithms.exp())


def test_one_state_far_above_the_others_speaks_alone(states):
    layer_sum = LayerSum(5)
    layer_sum.load_state_dict({"weights": torch.tensor([0.0, 0.0, 100.0, 0.0, 0.0])})
    torch.testing.assert_close(layer_sum(states), states[:, 2])


def test_gradients_are_those_of_the_sum(states):
    layer_sum = LayerSum(5, normalised=True).double()
    inputs = states[:1, :, :2].double().requires_grad_()
    assert torch.autograd.gradcheck(layer_sum, inputs)
    layer_sum(inputs).square().sum().backward()
    assert layer_sum.weights.grad.abs().min() > 0


def test_half_precision_is_summed_in_float32(states):
    sums = LayerSum(5)(states.half())
    assert sums.dtype == torch.float32
    torch.testing.assert_close(sums, states.half().float().mean(dim=1))


def test_states_of_another_encoder_are_refused(states):
    with pytest.raises(InputError, match="5 hidden states are given, 13 have a weight"):
        LayerSum(13)(states)
