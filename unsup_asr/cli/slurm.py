"""The runs of a sweep as jobs of a Slurm cluster, through submitit."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from unsup_asr.cli.sweep_runs import SweepRun, carry_out
from unsup_asr.errors import UsageError


@dataclass
class SlurmConfig:
    """What a job asks for, by submitit's names.

    Attributes:
        cluster: `slurm`, or `local` for processes on this machine.
        folder: of the jobs' logs.
        slurm_partition: the cluster's own if None.
        slurm_array_parallelism: jobs at a time.
        timeout_min: minutes; a job that is cut off goes on where it was if it is submitted again.
        gpus_per_node: of a job; torchrun shares its run out among several.
        cpus_per_task: of a job.
        mem_gb: main memory of a job.
    """

    cluster: str = "slurm"
    folder: str = "runs/jobs"
    slurm_partition: str | None = None
    slurm_array_parallelism: int = 8
    timeout_min: int = 1440
    gpus_per_node: int = 1
    cpus_per_task: int = 8
    mem_gb: int = 64


def slurm_config(words: Sequence[str]) -> SlurmConfig:
    """The configuration with some values changed.

    Args:
        words: `key=value` each.

    Raises:
        UsageError: there is no such key, or a value is none for it.
    """
    try:
        merged = OmegaConf.merge(OmegaConf.structured(SlurmConfig), OmegaConf.from_dotlist(list(words)))
        config: Any = OmegaConf.to_object(merged)
    except (OmegaConfBaseException, ValueError) as error:
        keys = ", ".join(asdict(SlurmConfig()))
        what = str(error).split("\n")[0]
        raise UsageError(what, where="--slurm", remedy=f"say key=value; keys are {keys}") from error
    assert isinstance(config, SlurmConfig)
    return config


def submit(runs: Sequence[SweepRun], config: SlurmConfig) -> list[Any]:
    """Submit every run as a job of one array.

    Args:
        runs: of the sweep.
        config: what each job asks for.

    Returns:
        submitit's jobs, in the order of the runs.

    Raises:
        UsageError: submitit is not installed, or there is no Slurm here.
    """
    try:
        from submitit import AutoExecutor  # type: ignore[import-not-found]
    except ImportError as error:
        raise UsageError("submitit is not installed", remedy='pip install "unsup-asr[slurm]"') from error
    asked = {name: value for name, value in asdict(config).items() if value is not None}
    cluster, folder = asked.pop("cluster"), asked.pop("folder")
    try:
        executor = AutoExecutor(folder=Path(folder), cluster=cluster)
    except (RuntimeError, ValueError) as error:
        fault = f"cluster {cluster!r} cannot be used: {error}"
        raise UsageError(fault, where="--slurm", remedy="submit from a node that has sbatch") from error
    executor.update_parameters(name="unsup-asr", **asked)
    return list(executor.map_array(carry_out, [run.command(config.gpus_per_node) for run in runs]))
