import torch

from unsup_asr.training.confusions import Confusions
from unsup_asr.training.soft_targets import SoftTargets

SIZE = 5


def targets() -> SoftTargets:
    """1 is taken for 2 twice and for 3 once; null confuses nobody; 4 is always itself."""
    entries = torch.tensor([[1, 2, 1], [1, 2, 0], [3, 1, 1], [4, 4, 4]], dtype=torch.int32)
    shares = torch.tensor([[0.5, 0.3, 0.2], [0.5, 0.2, 0.3], [0.4, 0.6, 0.0], [0.5, 0.3, 0.2]])
    return SoftTargets(entries, shares, SIZE)


def test_rows_are_shares_of_the_same_segments():
    dense = torch.stack([targets().dense(torch.tensor([row]))[0] for row in range(4)])
    dense[:, 0] = 0
    counts = dense.T @ dense
    counts.fill_diagonal_(0)
    expected = counts / (counts.sum(dim=1, keepdim=True) + 1.0)
    found = Confusions.of(targets(), 3)
    matrix = torch.zeros(SIZE, SIZE).scatter_add(1, found.entries, found.probabilities)
    torch.testing.assert_close(matrix, expected)


def test_only_the_likeliest_are_kept():
    found = Confusions.of(targets(), 1)
    assert found.entries[1].tolist() == [2]
    assert float(found.probabilities[1]) < 1
    assert float(found.probabilities[4]) == 0


def test_draws_follow_the_rows_and_what_they_lack_is_spread_evenly():
    known = Confusions(
        torch.tensor([[0, 0], [2, 3]]).repeat(3, 1)[:SIZE],
        torch.tensor([[0.0, 0.0], [0.6, 0.2]]).repeat(3, 1)[:SIZE],
    )
    generator = torch.Generator().manual_seed(0)
    drawn = known.drawn(torch.ones(20000, dtype=torch.long), generator)
    shares = torch.bincount(drawn, minlength=SIZE) / len(drawn)
    even = 0.2 / (SIZE - 1)
    torch.testing.assert_close(
        shares, torch.tensor([0.0, even, 0.6 + even, 0.2 + even, even]), atol=0.015, rtol=0
    )


def test_without_knowledge_any_word_is_as_likely():
    generator = torch.Generator().manual_seed(0)
    drawn = Confusions.unknown(SIZE).drawn(torch.full((8000,), 2), generator)
    shares = torch.bincount(drawn, minlength=SIZE) / len(drawn)
    torch.testing.assert_close(shares, torch.tensor([0.0, *[0.25] * 4]), atol=0.02, rtol=0)
