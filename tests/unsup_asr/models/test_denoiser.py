import torch
from torch import Tensor

from unsup_asr.models.denoiser import Denoiser, DenoiserConfig

SIZE = 7


def denoiser(seed: int = 0) -> Denoiser:
    torch.manual_seed(seed)
    return Denoiser(DenoiserConfig(width=16, hidden=16, heads=2), SIZE).eval()


def padded(*rows: list[int]) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows])


def test_every_position_has_a_distribution():
    log_p = denoiser()(padded([1, 2, 3], [4]), padded([1, 2], [3, 5]))
    assert log_p.shape == (2, 3, SIZE)
    torch.testing.assert_close(log_p.exp().sum(dim=2), torch.ones(2, 3), atol=1e-5, rtol=1e-5)


def test_nothing_is_read_ahead_of_a_position():
    network = denoiser()
    noisy = padded([1, 2, 3])
    one, other = network(noisy, padded([1, 2, 3])), network(noisy, padded([1, 5, 6]))
    torch.testing.assert_close(one[:, :2], other[:, :2])
    assert not torch.allclose(one[:, 2], other[:, 2])


def test_padding_changes_nothing_and_an_empty_source_is_none_of_it():
    network = denoiser()
    text = padded([1, 2])
    alone, together = network(padded([3]), text), network(padded([3], [1, 2, 4, 5]), padded([1, 2], [1, 2]))
    torch.testing.assert_close(alone[0], together[0])
    empty = torch.zeros(1, 0, dtype=torch.long)
    assert torch.isfinite(network(empty, text)).all()


def test_copying_alone_writes_what_the_source_has():
    network = denoiser()
    log_p = network.write(network.read(padded([3, 5])), padded([3]), copy_bias=50.0)
    others = [entry for entry in range(1, SIZE) if entry not in (3, 5)]
    assert (log_p[..., others].exp() < 1e-6).all()
    never = network.write(network.read(padded([3, 5])), padded([3]), copy_bias=-50.0)
    assert (never[..., others].exp() > 1e-4).all()


def test_a_source_that_is_repeated_is_read_alike():
    network = denoiser()
    noisy, text = padded([1, 2], [3, 4]), padded([1], [1], [2], [2])
    twice = network.write(network.read(noisy).repeated(2), text)
    torch.testing.assert_close(twice, network(noisy.repeat_interleave(2, dim=0), text))
