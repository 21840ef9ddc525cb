"""The runs of a sweep: every combination of the values that its `key=value` words name."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from unsup_asr.cli.configuration import compose, run_folder
from unsup_asr.cli.status import DONE, IN_PART
from unsup_asr.errors import InputError, UsageError


@dataclass(frozen=True)
class SweepRun:
    """One run.

    Attributes:
        recipe: its name.
        overrides: `key=value` each, one value a key.
    """

    recipe: str
    overrides: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Its run folder."""
        return run_folder(self.recipe, self.overrides)

    def told_apart(self, runs: "Sequence[SweepRun]") -> list[str]:
        """Its overrides that not all the runs of a sweep have in common."""
        shared = set.intersection(*(set(run.overrides) for run in runs))
        return [word for word in self.overrides if word not in shared]

    def command(self, processes: int = 1) -> list[str]:
        """The words that run it in a process of its own, or in several through torchrun."""
        many = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
        launcher = many if processes > 1 else []
        return [sys.executable, *launcher, "-m", "unsup_asr.cli.main", "run", self.recipe, *self.overrides]


def sweep_runs(recipe: str, overrides: Sequence[str]) -> list[SweepRun]:
    """Every combination, in the order of the words; the last key changes fastest.

    Args:
        recipe: its name.
        overrides: `key=value`, `key=first,second` or anything else that Hydra sweeps over, such as
            `seed=range(0,5)`.

    Raises:
        UsageError: a combination is no configuration of the recipe, or all would go into one folder.
    """
    runs = [SweepRun(recipe, words) for words in product(*map(_each_value, overrides))]
    for run in runs:
        compose(recipe, run.overrides)
    if len({run.folder for run in runs}) < len(runs):
        fault = f"{len(runs)} runs would go into one folder"
        raise UsageError(fault, where="run_dir", remedy="leave it out; folders are named after what differs")
    return runs


def carry_out(command: Sequence[str]) -> None:
    """Run a command to its end; utterances that were set aside are no failure.

    Raises:
        InputError: it fails.
    """
    status = subprocess.run(command, check=False).returncode
    if status not in (DONE, IN_PART):
        raise InputError(f"ended with status {status}", where=" ".join(command[1:]), remedy="read its log")


def _each_value(text: str) -> list[str]:
    """`key=a,b` as `key=a` and `key=b`; what Hydra cannot read is one value as it stands."""
    try:
        override = OverridesParser.create().parse_override(text)
    except HydraException:
        return [text]
    if not override.is_sweep_override():
        return [text]
    return [f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()]
