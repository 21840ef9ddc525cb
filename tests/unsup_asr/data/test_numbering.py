"""Names as numbers."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.data.numbering import first_of_each, numbered


@given(st.lists(st.text(max_size=2), max_size=20))
def test_equal_names_have_equal_numbers_without_gaps(names: list[str]) -> None:
    numbers = numbered(names).tolist()
    pairs = list(zip(names, numbers, strict=True))
    assert all((a == b) == (m == n) for a, m in pairs for b, n in pairs)
    assert sorted(set(numbers)) == list(range(len(set(names))))


def test_rows_come_once_in_the_order_of_their_numbers():
    rows = torch.tensor([[5.0], [6.0], [5.0], [7.0], [6.0]])
    assert first_of_each(rows, torch.tensor([0, 1, 0, 2, 1])).tolist() == [[5.0], [6.0], [7.0]]
