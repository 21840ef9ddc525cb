"""Few entries kept say what the whole matrix says."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from tests.unsup_asr.training.dense_targets import dense, soft
from unsup_asr.training.soft_targets import SoftTargets


def drawn(segments: int, hypotheses: int, size: int, seed: int) -> SoftTargets:
    generator = torch.Generator().manual_seed(seed)
    entries = torch.randint(size, (segments, hypotheses), generator=generator, dtype=torch.int32)
    return SoftTargets(entries, torch.randn(segments, hypotheses, generator=generator).softmax(dim=1), size)


@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 4), st.integers(0, 99))
def test_rows_are_sums_over_the_hypotheses(segments, hypotheses, size, seed):
    targets = drawn(segments, hypotheses, size, seed)
    one_hot = functional.one_hot(targets.entries.long(), size).float()
    expected = (one_hot * targets.probabilities[..., None]).sum(dim=1)
    rows = torch.arange(segments).flip(0)
    torch.testing.assert_close(targets.dense(rows), expected[rows])


@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 4), st.integers(0, 99))
def test_what_is_expected_of_an_entry_is_a_matrix_product(segments, hypotheses, size, seed):
    targets = drawn(segments, hypotheses, size, seed)
    values = torch.randn(segments, 1, generator=torch.Generator().manual_seed(seed)).double()
    torch.testing.assert_close(targets.expected(values), (dense(targets).double() * values).sum(dim=0))
    own = values[targets.entries.long() % segments, 0]
    one_hot = functional.one_hot(targets.entries.long(), size).double()
    by_hypothesis = ((targets.probabilities.double() * own)[..., None] * one_hot).sum(dim=(0, 1))
    torch.testing.assert_close(targets.expected(own), by_hypothesis)


def test_what_was_said_has_its_share_of_the_segments_where_it_counts():
    matrix = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]])
    said, where = torch.tensor([2, 1]), torch.tensor([True, False])
    halved = soft(matrix).mixed_with(said, where, 0.5)
    assert dense(halved).tolist() == [[0.25, 0.25, 0.5], [0.0, 0.25, 0.75]]
    assert dense(soft(matrix).mixed_with(said, where, 1.0)).tolist() == [[0.0, 0.0, 1.0], [0.0, 0.25, 0.75]]


def test_the_likeliest_entry_is_that_of_the_whole_distribution(monkeypatch):
    """Whatever hypotheses it is spread over, and however many segments are looked at together."""
    targets = SoftTargets(
        torch.tensor([[1, 2, 2], [0, 1, 1], [2, 2, 2]]),
        torch.tensor([[0.4, 0.3, 0.3], [0.5, 0.2, 0.3], [0.0, 0.0, 0.0]]),
        3,
    )
    for chunk in (1, 2, 4096):
        monkeypatch.setattr("unsup_asr.training.soft_targets._CHUNK", chunk)
        assert targets.likeliest.tolist() == [2, 0, 0]
