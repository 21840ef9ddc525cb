"""How surely training comes to the same place, whatever the seed: the recipe as it is, many times over."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.studies.page import mean_spread, table
from benchmarks.studies.plan import Condition
from benchmarks.studies.records import Records
from benchmarks.studies.statistics import near_median

PAGE = Path("docs/convergence.md")
_POINTS = 5.0


def conditions() -> list[Condition]:
    """Twenty seeds with true word times, ten with words that are found."""
    return [
        Condition("Seeds of `mini_en`", "true word times", "mini_en", (), range(20)),
        Condition(
            "Seeds of `mini_en`", "words found by `energy`", "mini_en", ("segmenter=energy",), range(10)
        ),
    ]


def figures(records: Records, conditions: Sequence[Condition]) -> str:
    """A row for each condition whose runs are begun."""
    head = [
        "",
        "runs",
        "median WER %",
        f"within {_POINTS:.0f} points of it",
        "mean ± sample deviation (each)",
    ]
    rows = []
    for row in conditions:
        wers = [found.wer for found in records.done(row.runs) if found.wer is not None]
        if wers:
            near = f"{near_median(wers, _POINTS)} of {len(wers)}"
            rows.append([row.label, str(len(wers)), f"{np.median(wers):.1f}", near, mean_spread(wers)])
    return table(head, rows)
