"""`unsup-asr run`: the pipeline, or what is left of it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from unsup_asr.cli.status import DONE, IN_PART, list_failed

_DESCRIPTION = """\
Runs a recipe into its run folder, runs/RECIPE or runs/RECIPE@key=value,…; what is there already is not done
again. Any value of the recipe may be changed, for instance seed=1 device=cuda data.train=500; run_dir=FOLDER
changes the folder."""


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser("run", help="train and score", description=_DESCRIPTION)
    parser.add_argument("recipe", metavar="RECIPE", help="see: unsup-asr recipes")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="what differs from the recipe")
    return parser


def execute(arguments: Namespace) -> int:
    """Run, print the scores and where everything lies; under torchrun, the first process does so."""
    from dataclasses import replace

    from unsup_asr import parallel
    from unsup_asr.cli.configuration import claim, compose, run_folder
    from unsup_asr.cli.device import check_device
    from unsup_asr.cli.results import print_results
    from unsup_asr.pipeline.any_run import run_any
    from unsup_asr.reports.pages import write_page

    config = compose(arguments.recipe, arguments.overrides)
    check_device(config.device)
    folder = run_folder(arguments.recipe, arguments.overrides)
    with parallel.joined(config.device) as device:
        if parallel.is_first():
            claim(folder, config)
        parallel.wait()
        outcome = run_any(replace(config, device=device), folder)
        if not parallel.is_first():
            return DONE
    if not (folder / "report.html").exists():
        write_page(folder)
    print_results(outcome.results, folder)
    return _account(outcome.set_aside, folder)


def _account(set_aside: Sequence[Any], folder: Path) -> int:
    """Name what could not be used on stderr; the exit status."""
    if not set_aside:
        return DONE
    list_failed([f"{item.id}: {item.reason}" for item in set_aside], str(folder / "set_aside.jsonl"))
    return IN_PART
