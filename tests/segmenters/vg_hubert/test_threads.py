"""Pieces on threads: order, thread counts, errors."""

import pytest
import torch

from segmenters.vg_hubert.threads import one_thread_each


@pytest.fixture(autouse=True)
def two_threads() -> object:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_results_come_in_order_from_single_threads_and_the_count_is_restored() -> None:
    results = list(one_thread_each(lambda piece: (piece, torch.get_num_threads()), list(range(20))))
    assert results == [(piece, 1) for piece in range(20)]
    assert torch.get_num_threads() == 2


def test_a_single_piece_has_all_threads() -> None:
    assert list(one_thread_each(lambda piece: torch.get_num_threads(), ["a"])) == [2]
    assert list(one_thread_each(str, [])) == []


def test_an_error_comes_through_and_the_rest_is_left() -> None:
    done = []

    def work(piece: int) -> None:
        if piece == 1:
            raise ValueError("piece 1")
        done.append(piece)

    with pytest.raises(ValueError, match="piece 1"):
        list(one_thread_each(work, list(range(1000))))
    assert torch.get_num_threads() == 2
