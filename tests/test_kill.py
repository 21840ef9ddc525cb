"""Killed at any moment and run again, a run comes to the bytes of one that nothing interrupted."""

import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import torch

from unsup_asr.cli.main import main

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


def start(run) -> BaseProcess:
    """A run in a process of its own, forked off one that has imported, once for all, what takes seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["unsup_asr.pipeline.any_run", "unsup_asr.reports.pages"])
    process = context.Process(target=carry_out, args=(run.words, run.environment))
    process.start()
    return process


def carry_out(words: list[str], environment: dict[str, str]) -> None:
    os.environ.update(environment)
    torch.set_num_threads(1)
    sys.exit(main(words))


def processes_of(home: Path) -> list[int]:
    """The workers of a run: they inherit where its cache is."""
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
    process = start(run)
    while process.is_alive():
        if not holds():
            time.sleep(0.002)
            continue
        time.sleep(seconds)
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(process.pid, signal.SIGSTOP)
            os.kill(process.pid, signal.SIGKILL if seconds or holds() else signal.SIGCONT)
    return process.exitcode == -signal.SIGKILL


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
