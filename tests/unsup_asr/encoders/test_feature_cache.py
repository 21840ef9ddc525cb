"""The cache of features, with real writers, some of them killed."""

import os
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import torch

from tests.unsup_asr.encoders.feature_writer import feature, features, write, write_and_die
from unsup_asr.encoders import feature_cache
from unsup_asr.encoders.feature_cache import FeatureCache
from unsup_asr.encoders.feature_shards import writer
from unsup_asr.errors import InputError


def names(numbers: range) -> list[str]:
    return [str(number) for number in numbers]


def check(folder: Path, numbers: range) -> None:
    """A cache opened anew holds these features, right in every value."""
    cache = FeatureCache(folder)
    assert cache.missing(names(numbers)) == []
    for number, stored in zip(numbers, cache.read(names(numbers)), strict=True):
        assert torch.equal(stored, feature(number).half()), number


def run(work: Callable[..., None], *arguments: object) -> BaseProcess:
    """A process of its own that works on this, forked from a server that has imported what it needs."""
    processes = get_context("forkserver")
    processes.set_forkserver_preload(["tests.unsup_asr.encoders.feature_writer"])
    process = processes.Process(target=work, args=arguments)
    process.start()
    return process


def test_what_is_written_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(feature_cache, "SHARD_BYTES", 2000)
    cache = FeatureCache(tmp_path)
    assert cache.missing(["3", "1", "3"]) == ["3", "1"]
    cache.write(features(range(40)))
    assert len(list(tmp_path.glob("*.safetensors"))) == len(list(tmp_path.glob("*.json"))) > 3
    check_tidy(tmp_path)
    check(tmp_path, range(40))
    assert cache.missing(["39", "40", "0"]) == ["40"]
    assert torch.equal(cache.read(["7", "3", "7"])[2], feature(7).half())


def test_float32_keeps_every_bit(tmp_path):
    drawn = torch.randn(3, 50, 4)
    cache = FeatureCache(tmp_path, torch.float32)
    cache.write([("a", drawn[:, :20]), ("b", drawn[:, :20]), ("c", drawn.transpose(0, 1))])
    a, b, c = cache.read("abc")
    assert torch.equal(a, drawn[:, :20]) and torch.equal(b, a) and torch.equal(c, drawn.transpose(0, 1))


def test_float16_is_right_to_one_in_2000(tmp_path):
    drawn = 30 * torch.randn(3, 50, 4)
    cache = FeatureCache(tmp_path)
    cache.write([("a", drawn)])
    assert cache.read(["a"])[0].dtype == torch.float16
    torch.testing.assert_close(cache.read(["a"])[0].float(), drawn, rtol=1 / 2000, atol=1e-6)


def test_what_float16_cannot_hold_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"loud: features reach 70000, torch.float16 holds 65504.*float32"):
        FeatureCache(tmp_path).write([("loud", torch.tensor([1.0, -7e4]))])
    FeatureCache(tmp_path / "full", torch.float32).write([("loud", torch.tensor([1.0, -7e4]))])
    with pytest.raises(InputError, match="broken: features reach nan"):
        FeatureCache(tmp_path, torch.float32).write([("broken", torch.tensor([1.0, float("nan")]))])


def test_what_the_caller_changes_later_is_not_stored(tmp_path):
    def reusing():
        buffer = torch.zeros(4)
        for number in range(3):
            yield str(number), buffer.fill_(number)

    cache = FeatureCache(tmp_path, torch.float32)
    cache.write(reusing())
    assert [float(each[0]) for each in cache.read("012")] == [0, 1, 2]


def test_features_that_are_not_there_are_named(tmp_path):
    cache = FeatureCache(tmp_path)
    cache.write(features(range(3)))
    with pytest.raises(InputError, match="no features of 2 recordings, the first 'x'"):
        cache.read(["1", "x", "y"])


def test_two_processes_write_at_once(tmp_path):
    """Their shares overlap; each shard is its writer's own, and the locks are gone in the end."""
    processes = [run(write, tmp_path, numbers, 0.001) for numbers in (range(200), range(100, 300))]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert len({path.name[:32] for path in tmp_path.glob("*.json")}) == 2
    check(tmp_path, range(300))
    check_tidy(tmp_path)


@pytest.mark.parametrize("shards", [0, 1, 2, 5, 9])
def test_a_killed_writer_leaves_what_it_finished_and_the_next_goes_on(tmp_path, shards):
    """Killed from outside, somewhere after so many shards."""
    process = run(write, tmp_path, range(200), 0.002)
    while len(list(tmp_path.glob("*.json"))) < shards or not list(tmp_path.glob("*.lock")):
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    goes_on(tmp_path, 200)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("step", "calls"), [("save_file", 1), ("write_json", 1), ("replace", 2), ("fsync", 4)]
)
def test_a_writer_that_dies_at_any_step_is_tidied_up_after(tmp_path, step, calls, after):
    """Before and after every call of its second shard that touches the disk."""
    for call in range(calls + 1, 2 * calls + 1):
        folder = tmp_path / str(call)
        process = run(write_and_die, folder, range(40), step, call, after)
        process.join()
        assert process.exitcode == -signal.SIGKILL
        goes_on(folder, 40)


def goes_on(folder: Path, count: int) -> None:
    """What a killed writer finished is whole and right; another one adds the rest and tidies up."""
    cache = FeatureCache(folder)
    missing = cache.missing(names(range(count)))
    assert 0 < len(missing) <= count
    check(folder, range(count - len(missing)))
    cache.write((key, feature(int(key))) for key in missing)
    check(folder, range(count))
    check_tidy(folder)


def check_tidy(folder: Path) -> None:
    assert {path.suffix for path in folder.iterdir()} == {".safetensors", ".json"}
    assert len(list(folder.glob("*.safetensors"))) == len(list(folder.glob("*.json")))


def test_a_writer_at_work_is_left_alone(tmp_path):
    """Between its shard and its index, another writer must not take the shard for a dead one's."""
    with writer(tmp_path) as name:
        shard = tmp_path / f"{name}-00000.safetensors"
        shard.write_bytes(b"just written")
        FeatureCache(tmp_path).write([("b", torch.zeros(2))])
        assert shard.exists()


def test_what_an_error_interrupts_is_tidied_up_too(tmp_path, monkeypatch):
    monkeypatch.setattr("unsup_asr.encoders.feature_shards.write_json", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        FeatureCache(tmp_path).write(features(range(3)))
    monkeypatch.undo()
    assert len(list(tmp_path.glob("*.safetensors"))) == 1
    goes_on(tmp_path, 3)


@pytest.mark.parametrize("damage", ["truncated", "gone"])
def test_a_damaged_shard_is_named(tmp_path, damage):
    FeatureCache(tmp_path).write(features(range(20)))
    [shard] = tmp_path.glob("*.safetensors")
    if damage == "gone":
        shard.unlink()
    else:
        os.truncate(shard, shard.stat().st_size - 100)
    with pytest.raises(InputError, match=rf"{shard.name}: has [\d,]+ bytes of [\d,]+.*delete {shard.name}"):
        FeatureCache(tmp_path).missing(["1"])
    shard.unlink(missing_ok=True)
    shard.with_suffix(".json").unlink()  # what the error says to do
    assert FeatureCache(tmp_path).missing(["1"]) == ["1"]


def test_a_shard_that_is_no_shard_is_named(tmp_path):
    FeatureCache(tmp_path).write(features(range(20)))
    [shard] = tmp_path.glob("*.safetensors")
    shard.write_bytes(b"\xff" * shard.stat().st_size)
    with pytest.raises(InputError, match=f"{shard.name}: cannot be read"):
        FeatureCache(tmp_path).read(["1"])


def test_an_index_that_is_no_index_is_named(tmp_path):
    FeatureCache(tmp_path).write(features(range(20)))
    [index] = tmp_path.glob("*.json")
    index.write_text('{"bytes": 3')
    with pytest.raises(InputError, match=f"{index.name}: is no index"):
        FeatureCache(tmp_path).missing(["1"])
