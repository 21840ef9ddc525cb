"""Rows in use by the entropy of their frequencies."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.training.usage import usage

COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_equally_frequent_rows_are_all_in_use(rows):
    used = usage(torch.tensor([5] * rows + [0, 0]))
    assert float(used.in_use) == pytest.approx(rows)
    assert float(used.top_share) == pytest.approx(1 / rows)


@given(COUNTS)
def test_it_is_the_exponential_of_the_entropy(counts):
    used, shares = usage(torch.tensor(counts)), [count / sum(counts) for count in counts]
    entropy = -sum(share * math.log(share) for share in shares if share)
    assert float(used.in_use) == pytest.approx(math.exp(entropy), rel=1e-4)
    assert float(used.top_share) == pytest.approx(max(shares))
    assert counts[int(used.top)] == max(counts)


@given(COUNTS, st.integers(0, 99))
def test_neither_the_rows_order_nor_the_amount_matters(counts, seed):
    order = torch.randperm(len(counts), generator=torch.Generator().manual_seed(seed))
    one, other = usage(torch.tensor(counts)), usage(3.0 * torch.tensor(counts)[order])
    assert float(one.in_use) == pytest.approx(float(other.in_use), rel=1e-4)
    assert float(one.top_share) == pytest.approx(float(other.top_share))
