"""The joint search against every way to cut and name an utterance, one by one."""

from itertools import product

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from segmenters.recognised.joint_search import joint_search


def all_ways(slots: int, reach: int, size: int):
    """Ends and entries of every reading of so many slots."""
    for cuts in product([False, True], repeat=slots - 1):
        ends = [slot for slot, here in enumerate(cuts) if here] + [slots - 1]
        firsts = [0, *(end + 1 for end in ends[:-1])]
        if max(end - first for first, end in zip(firsts, ends, strict=True)) < reach:
            for entries in product(range(size), repeat=len(ends)):
                yield ends, firsts, entries


def best_of_all(scores: Tensor, slots: int, transitions: Tensor) -> tuple[float, list[int], list[int]]:
    """The best reading of one utterance, found without dynamic programming."""
    _, reach, size = scores.shape
    found = (float("-inf"), [0], [0])
    for ends, firsts, entries in all_ways(slots, reach, size):
        total, last = 0.0, size
        for end, first, entry in zip(ends, firsts, entries, strict=True):
            total += float(scores[end, end - first, entry])
            if entry:
                total += float(transitions[last, entry])
                last = entry
        total += float(transitions[last, size])
        found = max(found, (total, ends, list(entries)), key=lambda way: way[0])
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 3), st.integers(2, 4))
def test_it_finds_the_best_of_all_ways(seed: int, slots: int, reach: int, size: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(3, slots, reach, size, generator=generator, dtype=torch.float64)
    transitions = torch.randn(size + 1, size + 1, generator=generator, dtype=torch.float64)
    lengths = torch.randint(1, slots + 1, (3,), generator=generator)
    found = joint_search(scores, lengths, transitions, histories=size)
    for row, length in enumerate(lengths.tolist()):
        total, ends, entries = best_of_all(scores[row], length, transitions)
        assert abs(float(found.scores[row]) - total) < 1e-9
        assert found.ends[row].nonzero().flatten().tolist() == ends
        assert found.entries[row, ends].tolist() == entries


def test_null_leaves_the_history_as_it_is() -> None:
    # One slot each for 1, null, 2; that 2 follows 1 is all that the language model likes.
    scores = torch.full((1, 3, 1, 3), -10.0)
    scores[0, [0, 1, 2], 0, [1, 0, 2]] = 0.0
    transitions = torch.full((4, 4), -50.0)
    transitions[3, 1] = transitions[1, 2] = transitions[2, 3] = -1.0
    found = joint_search(scores, torch.tensor([3]), transitions, histories=3)
    assert found.entries.tolist() == [[1, 0, 2]]
    assert float(found.scores) == -3.0


def test_few_histories_find_no_better_than_all() -> None:
    generator = torch.Generator().manual_seed(1)
    scores = torch.randn(8, 12, 4, 30, generator=generator)
    transitions = torch.randn(31, 31, generator=generator)
    lengths = torch.full((8,), 12)
    exact = joint_search(scores, lengths, transitions, histories=30).scores
    few = joint_search(scores, lengths, transitions, histories=3).scores
    assert (few <= exact + 1e-5).all()
    assert (few > exact - 3.0).all()


def test_spans_that_are_not_allowed_are_not_taken() -> None:
    scores = torch.zeros(1, 4, 2, 2)
    scores[:, 2, 0] = float("-inf")  # no span is the third slot alone
    found = joint_search(scores, torch.tensor([4]), torch.zeros(3, 3), histories=2)
    ends = found.ends[0].nonzero().flatten().tolist()
    assert 2 not in ends or 1 not in ends
