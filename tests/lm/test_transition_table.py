"""What is written down is what would be searched for, to the bit; it is written down where much is asked."""

import itertools

import pytest
import torch

from lm import tensor_model
from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from tests.lm.drawn_text import WORDS

ENTRIES = [[], *([word] for word in WORDS), ["never"], *([a, b] for a, b in itertools.pairwise(WORDS[:9]))]


@pytest.fixture(params=[2, 4])
def model(request, text) -> EntryLM:
    return EntryLM.from_arpa(estimate(text, request.param), ENTRIES)


def everything(model: EntryLM) -> torch.Tensor:
    return torch.arange(len(model.finals))


def test_transitions_are_the_same_before_and_after(model):
    states = everything(model)
    pairs = states[:, None], torch.arange(model.size)
    assert model._table is None
    asked = model.step(*(tensor[:7] for tensor in pairs))
    searched = model.advance(states)
    assert model._table is None or model._asked >= len(states) * model.size
    written = model.advance(states)
    assert model._table is not None
    for ours, theirs in zip(written, searched, strict=True):
        assert ours.dtype == theirs.dtype and torch.equal(ours, theirs)
    for ours, theirs in zip(model.step(*pairs), written, strict=True):
        assert torch.equal(ours, theirs)
    for ours, theirs in zip(model.step(*(tensor[:7] for tensor in pairs)), asked, strict=True):
        assert torch.equal(ours, theirs)


def test_a_model_that_is_converted_has_another_table(model):
    states = everything(model)
    single, _ = [model.advance(states) for _ in range(2)][1]
    double, _ = model.double().advance(states)
    assert (single.dtype, double.dtype) == (torch.float32, torch.float64)
    torch.testing.assert_close(double.float(), single)


def test_what_is_read_can_be_written_over(model):
    states = everything(model)
    model.advance(states)
    first, _ = model.advance(states)
    before = first.clone()
    first.zero_()
    assert torch.equal(model.advance(states)[0], before)


def test_a_model_that_is_asked_little_or_is_large_has_no_table(model, monkeypatch):
    states = everything(model)
    model.step(states[:3, None], torch.arange(model.size))
    assert model._table is None
    monkeypatch.setattr(tensor_model, "MOST_CELLS", len(states) * model.size - 1)
    for _ in range(3):
        model.advance(states)
    assert model._table is None
