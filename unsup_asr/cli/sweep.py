"""`unsup-asr sweep`: a recipe with every combination of some values."""

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from unsup_asr.cli.status import DONE, batch_status, list_failed

_DESCRIPTION = """\
Runs a recipe once for each combination of values, for instance seed=0,1,2 cascade.temperature=0.05,0.1, each into
its own run folder: one after the other, or, with --slurm, as jobs of a Slurm cluster, whose numbers it prints
beside the run folders and does not wait for. Runs that are complete are not done again; unsup-asr report RUN…
compares them. Exit status: 0 all are complete, or submitted; 3 some failed; 1 all failed; 2 usage, before any."""


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser(
        "sweep", help="run every combination of values", description=_DESCRIPTION
    )
    parser.add_argument("recipe", metavar="RECIPE", help="see: unsup-asr recipes")
    parser.add_argument("overrides", nargs="+", metavar="key=value,…", help="what differs from the recipe")
    parser.add_argument(
        "--slurm", nargs="*", metavar="key=value",
        help="submit jobs; for instance slurm_partition=gpu gpus_per_node=4 timeout_min=2880",
    )  # fmt: skip
    return parser


def execute(arguments: Namespace) -> int:
    """Run the combinations, or submit them; one that fails is named at the end and does not stop the others."""
    from unsup_asr.cli.slurm import slurm_config, submit
    from unsup_asr.cli.sweep_runs import carry_out, sweep_runs
    from unsup_asr.errors import InputError

    runs = sweep_runs(arguments.recipe, arguments.overrides)
    if arguments.slurm is not None:
        for job, run in zip(submit(runs, slurm_config(arguments.slurm)), runs, strict=True):
            print(job.job_id, run.folder, sep="\t")
        return DONE
    failed = []
    for number, run in enumerate(runs, start=1):
        print(f"run {number} of {len(runs)}:", *run.told_apart(runs), run.folder, file=sys.stderr)
        try:
            carry_out(run.command())
        except InputError as error:
            failed.append(f"{run.folder}: {error}")
    list_failed(failed)
    return batch_status(len(failed), len(runs))
