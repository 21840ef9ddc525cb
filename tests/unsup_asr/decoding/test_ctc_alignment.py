"""The alignment is the best of all alignments of a text."""

import itertools

import pytest
import torch

from unsup_asr.decoding.ctc_alignment import align_units


def best_alignment(log_probs: torch.Tensor, text: list[int]) -> list[int]:
    """By enumeration: the columns of the most probable alignment that reads as the text."""
    alignments = (
        alignment
        for alignment in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs))
        if [column - 1 for column, _ in itertools.groupby(alignment) if column] == text
    )
    return list(max(alignments, key=lambda a: float(sum(log_probs[t, c] for t, c in enumerate(a)))))


def unit_runs(alignment: list[int]) -> list[tuple[int, int]]:
    """First and last output of each unit."""
    runs, time = [], 0
    for column, group in itertools.groupby(alignment):
        length = len(list(group))
        if column:
            runs.append((time, time + length - 1))
        time += length
    return runs


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_best_of_all(seed):
    generator = torch.Generator().manual_seed(seed)
    log_probs = (2 * torch.randn(4, 6, 4, generator=generator)).log_softmax(dim=-1)
    texts, lengths = [[0, 1], [2, 2], [1], [0, 1, 0]], [6, 5, 2, 6]
    units = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(t) for t in texts], batch_first=True, padding_value=-1
    )
    times = align_units(log_probs, torch.tensor(lengths), units, torch.tensor([len(t) for t in texts]))
    for row, (text, length) in enumerate(zip(texts, lengths, strict=True)):
        pairs = zip(times.first[row].tolist(), times.last[row].tolist(), strict=True)
        assert list(pairs)[: len(text)] == unit_runs(best_alignment(log_probs[row, :length], text))


def test_no_text_is_heard_nowhere():
    log_probs = torch.zeros(2, 3, 4).log_softmax(dim=-1)
    times = align_units(
        log_probs, torch.tensor([3, 2]), torch.zeros(2, 0, dtype=torch.long), torch.tensor([0, 0])
    )
    assert times.first.shape == times.last.shape == (2, 0)


def test_no_speech_has_no_times():
    none = torch.tensor([0])
    times = align_units(torch.zeros(1, 0, 4), none, torch.zeros(1, 0, dtype=torch.long), none)
    assert times.first.shape == (1, 0)
