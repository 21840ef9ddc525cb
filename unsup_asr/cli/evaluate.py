"""`unsup-asr evaluate`: the scores of a run, and its topline."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from unsup_asr.cli.status import DONE

_DESCRIPTION = """\
Prints the scores of a run. With --topline, first trains the same network with the transcripts, in a folder of
its own, and adds its scores: how far this model could come at all. With --words, prints instead how rare words
fare, long ones and those that are easily confused, and what each word of the test set was labelled as: matches,
related words, buckets, default tokens and unexpected labels."""


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser(
        "evaluate", help="the scores of a run", description=_DESCRIPTION
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--topline", action="store_true", help="add the topline")
    what.add_argument("--words", action="store_true", help="words by kind, as tables and pages")
    return parser


def execute(arguments: Namespace) -> int:
    """Print the scores."""
    if arguments.words:
        _print_words(arguments.run)
        return DONE
    from unsup_asr.cli.results import print_results
    from unsup_asr.reports.page import write_report

    results = finished_results(arguments.run)
    if arguments.topline and results.topline_wer is None:
        from unsup_asr.pipeline.topline import add_topline

        results = add_topline(_word_config(arguments.run), arguments.run)
        write_report(arguments.run)
    print_results(results, arguments.run)
    return DONE


def finished_results(run: Path) -> Any:
    """The `Results` of a run.

    Raises:
        InputError: there is no such run, or it has not come so far.
    """
    from unsup_asr.errors import InputError
    from unsup_asr.evaluation.results import read_results

    path = run / "results.json"
    if not path.is_file():
        what = "has no results yet" if run.is_dir() else "no run folder"
        raise InputError(what, where=run, remedy="run its recipe to the end")
    return read_results(path)


def _word_config(run: Path) -> Any:
    """The `RunConfig` of a run that learns to write words; others have no topline."""
    from unsup_asr.cli.configuration import read_config
    from unsup_asr.errors import UsageError
    from unsup_asr.pipeline.config import RunConfig

    config = read_config(run)
    if not isinstance(config, RunConfig):
        fault = f"a run of {config.recipe} does not learn to write, so there is no topline"
        raise UsageError(fault, where=run, remedy="leave --topline out")
    return config


def _check_has_clip(run: Path) -> None:
    """Refuse word discovery of a run that learned nothing: related words are told by the CLIP that a run has."""
    from unsup_asr.cli.configuration import FILE, read_config
    from unsup_asr.errors import UsageError
    from unsup_asr.pipeline.transfer_config import TransferConfig

    config = read_config(run) if (run / FILE).is_file() else None
    if isinstance(config, TransferConfig):
        fault = f"a run of {config.recipe} has no CLIP to tell related words by"
        raise UsageError(fault, where=run, remedy="leave --words out: results.json has its word figures")


def _print_words(run: Path) -> None:
    from rich.console import Console

    from unsup_asr.reports.discovery import discovery_table, write_discovery
    from unsup_asr.reports.word_classes import word_class_tables, write_word_classes

    _check_has_clip(run)
    discovery = write_discovery(run)
    for table in (*word_class_tables(write_word_classes(run)), discovery_table(discovery)):
        Console().print(table)
    for name in ("word_classes", "discovery"):
        print(run / f"{name}.json", run / f"{name}.html", sep="\n")
