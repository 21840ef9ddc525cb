import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from tests.unsup_asr.training.tiny_task import TinyTask
from unsup_asr.errors import InputError
from unsup_asr.training.checkpoint import (
    checkpoints,
    load_checkpoint,
    load_modules,
    save_checkpoint,
    tidy_checkpoints,
)

FILES = {"tensors.safetensors", "state.json", "hashes.json"}


def trained(updates: int = 3) -> TinyTask:
    task = TinyTask()
    for step in range(updates):
        task.update(step)
    return task


@pytest.fixture
def saved(tmp_path) -> tuple[TinyTask, Path]:
    task = trained()
    save_checkpoint(tmp_path, 3, task.modules, task.optimisers)
    return task, tmp_path / "step-3"


def test_everything_is_restored_to_the_bit(saved, tmp_path):
    """A restored task saved again is the same file, and its random numbers go on as the first one's do."""
    _, folder = saved
    drawn = torch.randn(5)
    other = TinyTask()
    assert load_checkpoint(folder, other.modules, other.optimisers) == 3
    assert torch.equal(torch.randn(5), drawn)
    load_checkpoint(folder, other.modules, other.optimisers)
    save_checkpoint(tmp_path / "again", 3, other.modules, other.optimisers)
    for name in FILES:
        assert (tmp_path / "again" / "step-3" / name).read_bytes() == (folder / name).read_bytes()


def test_restored_optimisers_go_on_as_the_first_ones_do(saved):
    task, folder = saved
    other = TinyTask()
    load_checkpoint(folder, other.modules, other.optimisers)
    for each in (task, other):
        torch.manual_seed(0)
        each.update(3)
    for key, value in task.net.state_dict().items():
        assert torch.equal(other.net.state_dict()[key], value)
    groups = [each.optimisers["net"].param_groups[0] for each in (task, other)]
    assert list(groups[0]["betas"]) == list(groups[1]["betas"]) == [0.5, 0.98]


def test_modules_can_be_loaded_alone(saved):
    task, folder = saved
    other = TinyTask()
    state = torch.get_rng_state()
    load_modules(folder, {"net": other.net})
    assert all(
        torch.equal(other.net.state_dict()[key], value) for key, value in task.net.state_dict().items()
    )
    assert not torch.equal(other.critic.weight, task.critic.weight)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_latest_two_are_kept_in_the_order_of_their_numbers(tmp_path):
    task = trained(1)
    for step in (8, 9, 10, 100):
        save_checkpoint(tmp_path, step, task.modules, task.optimisers)
    assert [path.name for path in checkpoints(tmp_path)] == ["step-10", "step-100"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-10", "step-100"]


def test_saving_a_step_again_replaces_it(saved, tmp_path):
    task, folder = saved
    task.update(3)
    save_checkpoint(tmp_path, 3, task.modules, task.optimisers)
    assert torch.equal(load_file(folder / "tensors.safetensors")["module/critic/weight"], task.critic.weight)


def test_a_crash_while_saving_does_no_harm(saved, tmp_path):
    """What it leaves is a temporary folder, more or less complete; the next save of that step clears it."""
    task, folder = saved
    torn = tmp_path / ".step-6.tmp"
    shutil.copytree(folder, torn)
    (torn / "tensors.safetensors").write_bytes(b"half")
    assert checkpoints(tmp_path) == [folder]
    assert load_checkpoint(checkpoints(tmp_path)[-1], task.modules, task.optimisers) == 3
    save_checkpoint(tmp_path, 6, task.modules, task.optimisers)
    assert load_checkpoint(tmp_path / "step-6", task.modules, task.optimisers) == 6
    assert not torn.exists()


def test_what_a_crash_left_is_tidied_away(saved, tmp_path):
    task, _ = saved
    save_checkpoint(tmp_path, 6, task.modules, task.optimisers)
    (tmp_path / ".step-9.tmp").mkdir()
    (tmp_path / "step-2").mkdir()
    (tmp_path / "step-2" / "state.json").write_text("half dropped")
    tidy_checkpoints(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-3", "step-6"]


def test_folders_of_other_names_are_no_checkpoints(saved, tmp_path):
    (tmp_path / "step-best").mkdir()
    (tmp_path / "step-12.old").mkdir()
    assert [path.name for path in checkpoints(tmp_path)] == ["step-3"]
    assert checkpoints(tmp_path / "nowhere") == []


@pytest.mark.parametrize("name", ["tensors.safetensors", "state.json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "delete"])
def test_a_damaged_file_is_refused_with_its_name(saved, name, damage):
    task, folder = saved
    path, content = folder / name, (folder / name).read_bytes()
    if damage == "delete":
        path.unlink()
    else:
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path.write_bytes(flipped if damage == "flip" else content[:middle])
    before = {key: value.clone() for key, value in task.net.state_dict().items()}
    for load in (
        lambda: load_checkpoint(folder, task.modules, task.optimisers),
        lambda: load_modules(folder, task.modules),
    ):
        with pytest.raises(InputError, match=f"{name} is damaged.*delete this checkpoint") as caught:
            load()
        assert caught.value.where == folder
    assert all(torch.equal(task.net.state_dict()[key], value) for key, value in before.items())


@pytest.mark.parametrize("content", [None, "{", "", "{}"])
def test_hashes_that_are_missing_or_damaged_are_refused(saved, content):
    task, folder = saved
    if content is None:
        (folder / "hashes.json").unlink()
    else:
        (folder / "hashes.json").write_text(content)
    with pytest.raises(InputError, match=r"step-3.*delete this checkpoint"):
        load_checkpoint(folder, task.modules, task.optimisers)


def test_other_modules_are_refused(saved):
    task, folder = saved
    with pytest.raises(InputError, match=r"holds other weights.*size mismatch.*another run folder"):
        load_modules(folder, {"critic": nn.Linear(7, 1)})
    with pytest.raises(InputError, match="holds other weights"):
        load_modules(folder, {"generator": task.net})


def test_nothing_is_pickled(saved):
    _, folder = saved
    assert {path.name for path in folder.iterdir()} == FILES
    assert json.loads((folder / "state.json").read_text())["step"] == 3
