"""Scores on the terminal."""

from pathlib import Path

from rich.console import Console

from unsup_asr.evaluation.results import Results
from unsup_asr.reports.table import results_table

_FILES = ("results.json", "report.html", "model")


def print_results(results: Results, folder: Path) -> None:
    """Print the table of a run and where its files lie, on stdout."""
    Console().print(results_table(results))
    for name in _FILES:
        if (folder / name).exists():
            print(folder / name)
