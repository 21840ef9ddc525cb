import multiprocessing
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.unsup_asr.training.tiny_task import Interruption, TinyTask, train
from unsup_asr.errors import InputError
from unsup_asr.files import read_jsonl
from unsup_asr.training.checkpoint import checkpoints
from unsup_asr.training.loop import LoopConfig, bucketed_batch, run_loop, shuffled_batch
from unsup_asr.training.metrics import MetricsLog

SHORT = LoopConfig(updates=10, checkpoint_every=4, log_every=3)


def outcome(folder: Path) -> dict[str, bytes]:
    """The bytes of all that a training leaves: weights, moments, random state, losses."""
    files = [path for path in folder.rglob("[!.]*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    train(folder, SHORT)
    return outcome(folder)


def test_it_logs_and_saves_when_it_should(uninterrupted, tmp_path):
    train(tmp_path, SHORT)
    assert [path.name for path in checkpoints(tmp_path / "checkpoints")] == ["step-8", "step-10"]
    assert [row["step"] for row in read_jsonl(tmp_path / "metrics.jsonl")] == [3, 6, 9, 10]
    assert outcome(tmp_path) == uninterrupted


@pytest.mark.parametrize("step", range(SHORT.updates))
@pytest.mark.parametrize("moment", ["fail_before", "fail_after"])
def test_interrupted_anywhere_it_ends_where_the_uninterrupted_ends(tmp_path, uninterrupted, step, moment):
    with pytest.raises(Interruption):
        train(tmp_path, SHORT, TinyTask(**{moment: step}))
    train(tmp_path, SHORT)
    assert outcome(tmp_path) == uninterrupted


def test_interrupted_again_and_again(tmp_path, uninterrupted):
    for step in (1, 5, 5, 7, 9, 9):
        with pytest.raises(Interruption):
            train(tmp_path, SHORT, TinyTask(fail_after=step))
    train(tmp_path, SHORT)
    assert outcome(tmp_path) == uninterrupted


def test_what_is_done_is_not_done_again(tmp_path, uninterrupted):
    train(tmp_path, SHORT)
    task = train(tmp_path, SHORT, TinyTask(fail_before=0))
    assert outcome(tmp_path) == uninterrupted
    saved = train(tmp_path, SHORT).net.state_dict()
    assert all(torch.equal(task.net.state_dict()[key], value) for key, value in saved.items())


def test_the_state_matters(tmp_path, uninterrupted):
    """The guard of the tests above: another random state at the beginning ends elsewhere."""
    log = MetricsLog(tmp_path / "metrics.jsonl", "tiny", start=2)
    run_loop(TinyTask(), SHORT, tmp_path / "checkpoints", log, seed=8)
    ours = outcome(tmp_path)
    assert ours.keys() == uninterrupted.keys()
    assert (
        ours["checkpoints/step-10/tensors.safetensors"]
        != uninterrupted["checkpoints/step-10/tensors.safetensors"]
    )


def test_killed_at_random_moments_it_ends_where_the_uninterrupted_ends(tmp_path):
    """Real processes and SIGKILL, each left alive for one more checkpoint and a random while."""
    config = LoopConfig(updates=120, checkpoint_every=4, log_every=3)
    train(tmp_path / "whole", config)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch._dynamo", "unsup_asr.training.loop"])
    folder, chance, kills, done = tmp_path / "killed", random.Random(0), 0, False
    while not done:
        process = context.Process(target=train, args=(folder, config))
        before = latest(folder)
        process.start()
        while process.is_alive() and latest(folder) == before:
            time.sleep(0.002)
        process.join(timeout=chance.uniform(0, 0.05))
        process.kill()
        process.join()
        assert process.exitcode in (0, -signal.SIGKILL)
        done, kills = process.exitcode == 0, kills + (process.exitcode != 0)
    assert kills >= 2
    assert outcome(folder) == outcome(tmp_path / "whole")


def latest(folder: Path) -> list[str]:
    return [path.name for path in checkpoints(folder / "checkpoints")][-1:]


class Exploding:
    """Its loss is NaN from a certain step on."""

    def __init__(self, step: int, value: float) -> None:
        self.step, self.value = step, value
        self.modules, self.optimisers = {"net": nn.Linear(1, 1)}, {}

    def update(self, step: int) -> dict[str, torch.Tensor]:
        return {"fine": torch.tensor(1.0), "wild": torch.tensor(self.value if step >= self.step else 0.0)}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_not_finite_stops_before_it_is_saved(tmp_path, value):
    log = MetricsLog(tmp_path / "metrics.jsonl", "tiny")
    with pytest.raises(InputError, match=f"'wild' is {value} at update 6 .*learning rate") as caught:
        run_loop(Exploding(5, value), LoopConfig(100, 2, 50), tmp_path / "checkpoints", log, seed=0)
    assert caught.value.where == tmp_path / "checkpoints"
    assert [path.name for path in checkpoints(tmp_path / "checkpoints")] == ["step-2", "step-4"]
    assert not (tmp_path / "metrics.jsonl").exists()


def test_progress_is_told_after_each_update(tmp_path):
    seen: list[int] = []
    log = MetricsLog(tmp_path / "metrics.jsonl", "tiny")
    run_loop(TinyTask(), LoopConfig(5, 2, 2), tmp_path, log, seed=0, at_update=seen.append)
    assert seen == [1, 2, 3, 4, 5]


@given(
    batches=st.integers(1, 6), batch_size=st.integers(1, 7), passes=st.integers(0, 3), seed=st.integers(0, 99)
)
def test_each_pass_covers_all_indices_once(batches, batch_size, passes, seed):
    size = batches * batch_size
    steps = range(passes * batches, (passes + 1) * batches)
    drawn = torch.cat([shuffled_batch(size, batch_size, step, seed) for step in steps])
    assert sorted(drawn.tolist()) == list(range(size))


def test_what_a_pass_leaves_over_differs_from_pass_to_pass():
    passes = [torch.cat([shuffled_batch(11, 4, 2 * n + step, 0) for step in (0, 1)]) for n in range(60)]
    assert all(len(set(drawn.tolist())) == 8 for drawn in passes)
    seen = Counter(index for drawn in passes for index in drawn.tolist())
    assert len(seen) == 11 and min(seen.values()) > 25


def test_data_smaller_than_a_batch_come_whole():
    assert sorted(shuffled_batch(3, 8, 5, 0).tolist()) == [0, 1, 2]


def test_the_order_is_a_function_of_step_and_seed_alone():
    torch.manual_seed(0)
    first = shuffled_batch(50, 10, 7, 1)
    state = torch.get_rng_state()
    assert torch.equal(first, shuffled_batch(50, 10, 7, 1))
    assert torch.equal(state, torch.get_rng_state())
    assert not torch.equal(first, shuffled_batch(50, 10, 7, 2))
    assert not torch.equal(first, shuffled_batch(50, 10, 12, 1))


@given(
    batches=st.integers(1, 40),
    batch_size=st.integers(1, 5),
    passes=st.integers(0, 3),
    seed=st.integers(0, 99),
)
def test_each_bucketed_pass_covers_all_indices_once(batches, batch_size, passes, seed):
    lengths = torch.rand(batches * batch_size, generator=torch.Generator().manual_seed(seed))
    steps = range(passes * batches, (passes + 1) * batches)
    drawn = torch.cat([bucketed_batch(lengths, batch_size, step, seed) for step in steps])
    assert sorted(drawn.tolist()) == list(range(len(lengths)))


def test_bucketed_batches_are_of_like_lengths_in_any_order():
    lengths = 2 + 8 * torch.rand(1600, generator=torch.Generator().manual_seed(0))

    def padding(draw) -> float:
        batches = [lengths[draw(step)] for step in range(50)]
        return 1 - sum(float(b.sum() / (len(b) * b.max())) for b in batches) / 50

    assert padding(lambda step: bucketed_batch(lengths, 32, step, 0)) < 0.06
    assert padding(lambda step: shuffled_batch(1600, 32, step, 0)) > 0.35
    means = torch.tensor([float(lengths[bucketed_batch(lengths, 32, step, 0)].mean()) for step in range(50)])
    # Neither from short to long nor, within a pool, the other way: neighbours are not alike.
    assert abs(float(torch.corrcoef(torch.stack([means[1:], means[:-1]]))[0, 1])) < 0.4


def test_bucketed_batches_are_a_function_of_their_arguments_alone():
    lengths = torch.rand(97, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    first = bucketed_batch(lengths, 10, 7, 1)
    state = torch.get_rng_state()
    bucketed_batch(lengths, 10, 40, 3)
    assert torch.equal(first, bucketed_batch(lengths, 10, 7, 1))
    assert torch.equal(state, torch.get_rng_state())
    assert not torch.equal(first, bucketed_batch(lengths, 10, 16, 1))
    assert sorted(bucketed_batch(lengths[:3], 8, 5, 0).tolist()) == [0, 1, 2]


def test_a_batch_can_be_changed_without_changing_the_order():
    before = shuffled_batch(50, 10, 0, 5)
    shuffled_batch(50, 10, 0, 5).zero_()
    assert torch.equal(before, shuffled_batch(50, 10, 0, 5))
