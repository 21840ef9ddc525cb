"""Carries out two tiny runs, so that a test can kill it: `python -m … OUT key=value…`."""

import sys
from pathlib import Path

from benchmarks.studies.plan import Condition, StudyRun
from benchmarks.studies.runner import Runner


def tiny_runs(words: list[str]) -> list[StudyRun]:
    """Two seeds of `mini_en`, on a corpus in common."""
    return Condition("Tiny", "all", "mini_en", (*words, "starts=1", "self_training.rounds=1"), range(2)).runs


if __name__ == "__main__":
    Runner(Path(sys.argv[1])).run(tiny_runs(sys.argv[2:]))
