"""What a small batch keeps tells what a large one keeps; measuring leaves no trace."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.unsup_asr.training import together
from unsup_asr.encoders.clip import Clip
from unsup_asr.training.memory import MemoryEstimate, _gradients, estimate_memory, peak_bytes


@pytest.fixture(scope="module")
def clip(tiny_clip) -> Clip:
    return Clip.load(str(tiny_clip))


def peak_of(task, rows: torch.Tensor) -> int:
    learned = [p for module in task.modules.values() for p in module.parameters() if p.requires_grad]
    return peak_bytes(lambda: _gradients(task, rows, learned), torch.device("cpu"))


class Plain:
    """A layer of 50 units and its square: what it keeps can be told by hand."""

    def __init__(self) -> None:
        self.net = nn.Linear(20, 50)
        self.modules, self.optimisers = {"net": self.net}, {}

    def weighted(self, rows: torch.Tensor) -> torch.Tensor:
        return self.net(torch.randn(len(rows), 20)).square().mean()


def test_a_layer_by_hand():
    """When the backward pass reaches the layer: input, 20 floats an utterance, output and its gradient, 50 each.

    The square of the output and what comes down from its mean are as large; one of them is held beside them.
    """
    found = estimate_memory(Plain(), 0, 100, "float32", [nn.Linear(3, 1)], features=7, on_disk=9)
    learned = 4 * (20 * 50 + 50)
    assert (found.weights, found.optimiser, found.features, found.on_disk) == (
        learned + 16,
        2 * learned,
        7,
        9,
    )
    assert 4 * (20 + 50 + 50) * 100 <= found.batch <= 4 * (20 + 50 + 50 + 50 + 50) * 100
    assert found.held == 3 * learned + 16 + found.batch + 7


class Learned(Plain):
    """The first loss of all needs what is computed once and kept."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: torch.Tensor | None = None

    def weighted(self, rows: torch.Tensor) -> torch.Tensor:
        if self.kept is None:
            self.kept = torch.ones(1000, 1000).square().mean()
        return self.kept * super().weighted(rows)


def test_what_is_computed_once_is_in_no_batch():
    plain, learned = (estimate_memory(task, 0, 100, "float32").batch for task in (Plain(), Learned()))
    assert plain <= learned < plain + 1000


def test_the_peak_by_hand():
    """Two numbers a float: at most three of the hundred-float tensors live at once, two at the end."""

    def work() -> torch.Tensor:
        first = torch.ones(100)
        second = first + 1
        third = first * second
        del first, second
        return torch.cat([third, third])[:7]

    assert peak_bytes(work, torch.device("cpu")) == 1200


@pytest.mark.parametrize("kind", ["cls", "cif"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_line_meets_what_a_large_batch_keeps(kind, precision, clip, monkeypatch):
    monkeypatch.setattr(
        together.Given,
        "states",
        lambda self, rows: together.pad_states([self.utterances[row] for row in rows.tolist()]),
    )
    task = together.speech_clip(clip, kind)
    estimate = estimate_memory(task, 7, 64, precision, [clip])
    if precision == "float32":
        rows = torch.full((64,), 7)
        real = peak_of(task, rows)
        assert estimate.batch == pytest.approx(real, rel=0.1)
    assert "of memory (weights" in str(estimate)


def test_a_word_level_task(clip):
    task = together.cascade(clip)
    rows = torch.full((60,), 0)
    real = peak_of(task, rows)
    assert estimate_memory(task, 0, 60, "float32", [clip]).batch == pytest.approx(real, rel=0.1)


def test_tasks_know_their_longest_and_how_much_they_hold(clip):
    task = together.cascade(clip)
    found = task.memory("float32")
    assert found == estimate_memory(task, 5, 6, "float32", [clip], task.spoken.segments.nbytes + 6 * 16 * 4)
    assert found.weights > sum(p.nbytes for p in clip.parameters())


def test_parts_take_less(clip, monkeypatch):
    monkeypatch.setattr(
        together.Given,
        "states",
        lambda self, rows: together.pad_states([self.utterances[row] for row in rows.tolist()]),
    )
    task = together.speech_clip(clip, "cls")
    task.spoken = replace(task.spoken, seconds=torch.arange(8.0))
    whole = task.memory(on_disk=3)
    task.config = replace(task.config, parts=2)
    assert task.memory().batch < 0.7 * whole.batch and whole.on_disk == 3
    assert whole.batch == estimate_memory(task, 7, 8, "float32", [clip]).batch


def test_a_sparse_table_is_its_places_and_values():
    """Sixty places of two numbers of 8 bytes each, and sixty values; multiplied with it, 30 rows of 5."""
    places, values = torch.arange(60).expand(2, -1) % 30, torch.ones(60)

    def work() -> torch.Tensor:
        table = torch.sparse_coo_tensor(places.clone(), values.clone(), (30, 30), check_invariants=False)
        return torch.sparse.mm(table, torch.ones(30, 5))

    held = 60 * (2 * 8 + 4) + 4 * (30 * 5 + 30 * 5)
    assert held <= peak_bytes(work, torch.device("cpu")) <= 2 * held


def test_measuring_leaves_no_trace(clip):
    measured, untouched = together.cascade(clip), together.cascade(clip)
    torch.manual_seed(0)
    estimate_memory(measured, 0, 60, "float32")
    ours = measured.update(0)
    torch.manual_seed(0)
    theirs = untouched.update(0)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    for name, value in untouched.generator.state_dict().items():
        assert torch.equal(value, measured.generator.state_dict()[name]), name


def test_sizes_are_shown_in_their_unit():
    estimate = MemoryEstimate(3_210_000_000, 12_000_000, 24_000, 5, 1_000_000)
    said = "3.2 GB of memory (weights 3.2 GB, optimiser 12.0 MB, batch 24.0 kB, features 5 bytes)"
    assert str(estimate) == f"{said}; 1.0 MB of features on disk"
    assert str(replace(estimate, on_disk=0)) == said
