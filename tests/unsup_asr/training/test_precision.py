"""bfloat16 inside networks, float32 around them."""

import pytest
import torch
from torch import nn

from tests.unsup_asr.training import together
from tests.unsup_asr.training.tiny_task import TinyTask
from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import UsageError
from unsup_asr.training.checkpoint import checkpoints, load_modules
from unsup_asr.training.loop import LoopConfig, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.precision import backward, full_precision, lowered


def run(task, config: LoopConfig, folder) -> None:
    run_loop(task, config, folder, MetricsLog(folder / "metrics.jsonl", "tiny"), seed=0)


@pytest.fixture(scope="module")
def clip(tiny_clip) -> Clip:
    return Clip.load(str(tiny_clip))


@pytest.fixture
def single(monkeypatch):
    """The tasks that processes share are given in double precision."""
    monkeypatch.setattr(
        together.Given,
        "states",
        lambda self, rows: together.pad_states([self.utterances[row] for row in rows.tolist()]),
    )


TASKS = {
    "cascade": together.cascade,
    "imitation": together.imitation,
    "cls": lambda clip: together.speech_clip(clip, "cls"),
    "cif": lambda clip: together.speech_clip(clip, "cif"),
}


@pytest.mark.parametrize("name", TASKS)
def test_every_task_learns_nearly_the_same(name, clip, single):
    """Losses and gradients are those of float32 up to bfloat16's eight bits."""
    exact, rough = TASKS[name](clip), TASKS[name](clip)
    losses = exact.update(0)
    with lowered("bfloat16", rough.modules.values()):
        found = rough.update(0)
    for key in losses.keys() & {"semantic", "bigram", "imitation", "parallel", "quantity"}:
        assert float(found[key]) == pytest.approx(float(losses[key]), rel=0.05), key
        assert found[key].dtype == torch.float32
    for module, other in zip(exact.modules.values(), rough.modules.values(), strict=True):
        for ours, theirs in zip(module.parameters(), other.parameters(), strict=True):
            assert theirs.dtype == torch.float32
            assert theirs.grad is None or (
                theirs.grad.dtype == torch.float32 and theirs.grad.isfinite().all()
            )
            assert (ours.grad is None) == (theirs.grad is None)


def test_the_loop_trains_in_it_and_writes_float32(tmp_path, clip, single):
    task = together.speech_clip(clip, "cls")
    run(task, LoopConfig(30, 10, 10, precision="bfloat16"), tmp_path)
    again = together.speech_clip(clip, "cls")
    load_modules(checkpoints(tmp_path)[-1], again.modules)
    for ours, theirs in zip(task.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(ours, theirs) and theirs.dtype == torch.float32


def test_networks_compute_in_it_and_gradients_are_finite():
    net, seen = nn.Linear(4, 2), []
    net.register_forward_hook(lambda module, given, out: seen.append(out.dtype))
    with lowered("bfloat16", [net]):
        scores = net(torch.randn(3, 4))
        with full_precision(scores.device):
            loss = (scores.float() @ torch.eye(2)).sum()
        backward(loss)
    assert seen == [torch.bfloat16] and loss.dtype == net.weight.grad.dtype == torch.float32


def test_float32_is_what_it_was(tmp_path):
    first, second = TinyTask(), TinyTask()
    run(first, LoopConfig(5, 5, 5), tmp_path)
    torch.manual_seed(0)
    for step in range(5):
        second.update(step)
    for ours, theirs in zip(first.net.parameters(), second.net.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_weight_that_has_stepped_is_not_remembered():
    net = nn.Linear(1, 1, bias=False)
    with lowered("bfloat16", [net]):
        net(torch.ones(1, 1))
        with torch.no_grad():
            net.weight.fill_(8.0)
        assert float(net(torch.ones(1, 1)).detach()) == 8


def test_another_precision_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"'float16' is no precision .*float32 or bfloat16"):
        run(TinyTask(), LoopConfig(5, 5, 5, precision="float16"), tmp_path)
