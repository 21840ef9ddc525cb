"""`unsup-asr report`: pages, or the figures of several runs together."""

import json
import os
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from unsup_asr.cli.evaluate import finished_results
from unsup_asr.cli.status import DONE, batch_status, list_failed

_DESCRIPTION = """\
Writes report.html into each run folder and prints where it is. Several SpeechCLIP runs are also laid beside each
other and what has been published, in comparison.html, in the folder that they have in common. With --json,
prints mean, spread and each value of the scores of all the runs instead: give it the seeds of one recipe."""


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser(
        "report", help="pages and summaries of runs", description=_DESCRIPTION
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument("--json", action="store_true", help="summarise the runs on stdout")
    return parser


def execute(arguments: Namespace) -> int:
    """Write pages or print the summary."""
    return _summarise(arguments.runs) if arguments.json else _write_pages(arguments.runs)


def _summarise(runs: list[Path]) -> int:
    """A mean over some of the runs would be another figure: one that lacks its results fails the whole."""
    from unsup_asr.reports.speech_clip_run import is_speech_clip_run, read_speech_clip_run
    from unsup_asr.reports.speech_clip_summary import speech_clip_summary
    from unsup_asr.reports.table import summary

    found = summary([finished_results(run) for run in runs])
    if all(is_speech_clip_run(run) for run in runs):
        found |= speech_clip_summary([read_speech_clip_run(run) for run in runs])
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return DONE


def _write_pages(runs: list[Path]) -> int:
    from unsup_asr.errors import InputError
    from unsup_asr.reports.pages import write_page
    from unsup_asr.reports.speech_clip_run import is_speech_clip_run

    failed, grounded = [], []
    for run in runs:
        try:
            print(write_page(run))
        except InputError as error:
            failed.append(str(error))
        else:
            grounded += [run] if is_speech_clip_run(run) else []
    if len(grounded) > 1:
        print(_compare(grounded))
    list_failed(failed)
    return batch_status(len(failed), len(runs))


def _compare(runs: list[Path]) -> Path:
    """Lay runs beside each other in the folder that holds them all."""
    from unsup_asr.reports.speech_clip_page import COMPARISON, write_comparison

    common = os.path.commonpath([run.absolute().parent for run in runs])
    return write_comparison(runs, Path(os.path.relpath(common)) / COMPARISON)
