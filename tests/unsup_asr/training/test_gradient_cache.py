"""Part by part, the gradients are those of the whole batch."""

import pytest
import torch
from torch import nn

from unsup_asr.training.gradient_cache import RandomState, backward_in_parts, buffers_kept


def network(dropout: float = 0.0) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Dropout(dropout), nn.Linear(7, 3)).double()


DATA = torch.randn(10, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
ROWS = torch.tensor([3, 1, 4, 9, 5, 2, 6, 0])


def loss(embedded) -> torch.Tensor:
    """All rows against all, and a count of each that has no gradient."""
    vectors = embedded["vectors"]
    similar = (vectors @ vectors.T).logsumexp(dim=1) * embedded["weights"]
    return similar.sum() + embedded["norms"].square().mean()


def embed_with(net: nn.Module):
    def embed(rows: torch.Tensor) -> dict[str, torch.Tensor]:
        vectors = net(DATA[rows])
        return {"vectors": vectors, "norms": vectors.norm(dim=1), "weights": rows + 1}

    return embed


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_gradients_are_those_of_the_whole_batch(count):
    whole, parted = network(), network()
    loss(embed_with(whole)(ROWS)).backward()
    backward_in_parts(ROWS.chunk(count), embed_with(parted), loss, [parted])
    for ours, theirs in zip(whole.parameters(), parted.parameters(), strict=True):
        assert torch.allclose(ours.grad, theirs.grad, atol=1e-12)


def test_dropout_drops_the_same_twice():
    """Compared with one graph over the same masks: the second pass of a part must not draw anew."""
    whole, parted = network(0.5), network(0.5)
    torch.manual_seed(4)
    parts = [embed_with(whole)(rows) for rows in ROWS.chunk(3)]
    loss({name: torch.cat([part[name] for part in parts]) for name in parts[0]}).backward()
    after = torch.rand(1)
    torch.manual_seed(4)
    backward_in_parts(ROWS.chunk(3), embed_with(parted), loss, [parted])
    for ours, theirs in zip(whole.parameters(), parted.parameters(), strict=True):
        assert torch.allclose(ours.grad, theirs.grad, atol=1e-12)
    assert torch.equal(torch.rand(1), after)


def test_running_statistics_follow_once():
    norm = nn.BatchNorm1d(5).double()
    once = nn.BatchNorm1d(5).double()
    for rows in ROWS.chunk(2):
        once(DATA[rows])
    backward_in_parts(ROWS.chunk(2), embed_with(norm), loss, [norm])
    assert torch.equal(norm.running_mean, once.running_mean)
    assert int(norm.num_batches_tracked) == 2


def test_buffers_are_put_back_even_after_a_fault():
    norm = nn.BatchNorm1d(5).double()
    with pytest.raises(RuntimeError), buffers_kept([norm]):
        norm(DATA)
        raise RuntimeError
    assert int(norm.num_batches_tracked) == 0 and not norm.running_mean.any()


def test_what_is_drawn_can_be_drawn_again():
    state = RandomState.now()
    drawn = torch.rand(3)
    state.restore()
    assert torch.equal(torch.rand(3), drawn)
