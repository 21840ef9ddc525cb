"""Killed at any moment and run again, a run comes to the bytes of one that nothing interrupted."""

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="looks for processes in /proc"
)

Holds = Callable[[], bool]

# What can first be seen below the run's home when a part of the work has begun.
GENERATION = "cache/unsup-asr/corpora/*/audio/*"
PICTURES = "cache/unsup-asr/pictures/*/train/parts"
CLIP = "cache/unsup-asr/clip/*/checkpoints/step-4"
FEATURES = "cache/unsup-asr/features/*/.lock"
SAVING = "run/checkpoints/*/start-*/.step-*.tmp"
SELF_TRAINING = "run/checkpoints/self_training/start-0/step-3"
DECODING = "run/decoded"


def processes_of(home: Path) -> list[int]:
    """All processes that were started for a run: they inherit where its cache is."""
    mark = f"XDG_CACHE_HOME={home}/cache".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:  # it has ended, or is another user's
            continue
    return found


def kill(run, holds: Holds, seconds: float = 0.0) -> bool:
    """Start a run and kill it so long after something holds; whether it came to that.

    Without such a delay it still holds then: the run is stopped first, to be caught in the act.
    """
    process = run.start()
    while process.poll() is None:
        if not holds():
            time.sleep(0.002)
            continue
        time.sleep(seconds)
        process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGKILL if seconds or holds() else signal.SIGCONT)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def appears(home: Path, pattern: str) -> Holds:
    """Whether there is a file, that is not there yet, of this pattern."""
    before = set(home.glob(pattern))
    return lambda: bool(set(home.glob(pattern)) - before)


def assert_nothing_is_left(home: Path) -> None:
    deadline = time.monotonic() + 15
    while (left := processes_of(home)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def test_killed_in_each_part_it_comes_to_the_same_bytes(finished_run, tiny_run):
    run = tiny_run()
    for pattern in (GENERATION, CLIP, SAVING):
        assert kill(run, appears(run.home, pattern)), pattern
        assert_nothing_is_left(run.home)
    assert list(run.home.glob(SAVING)), "it was not caught between the beginning and the end of a checkpoint"
    run.finish()
    assert run.made() == finished_run.made()
    assert not list(run.home.glob(SAVING))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_it_comes_to_the_same_bytes(finished_run, tiny_run, seed):
    run, rng, kills = tiny_run(), random.Random(seed), 0
    for pattern in (GENERATION, PICTURES, CLIP, FEATURES, SAVING, SAVING, SELF_TRAINING, DECODING):
        kills += kill(run, appears(run.home, pattern), rng.uniform(0, 0.15))
        assert_nothing_is_left(run.home)
    assert kills >= 5
    run.finish()
    assert run.made() == finished_run.made()
