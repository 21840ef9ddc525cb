"""Results in the terminal, and several runs in one summary."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from rich.table import Table

from unsup_asr.evaluation.results import Results
from unsup_asr.reports.scores import duration, figure, ladder

# Named in each run of a summary, and not averaged though one is a number.
_IDENTITY = ("recipe", "version", "language", "task", "segmentation", "test_uses_gold_times", "seed")


def results_table(results: Results) -> Table:
    """The table printed at the end of a run: the stages between chance and topline, then other figures."""
    learned = "" if results.seed is None else f" · seed {results.seed}"
    table = Table(title=f"{results.recipe} · {results.language}{learned}", title_justify="left")
    table.add_column("", justify="left")
    for name in ("WER", "BLEU", "time"):
        table.add_column(name, justify="right")
    for rung in ladder(results):
        style = "dim" if rung.kind == "end" else None
        table.add_row(rung.name, rung.wer, rung.bleu, rung.seconds, style=style)
    table.add_section()
    table.add_row(
        "written by transcribe", figure(results.wer), figure(results.bleu), duration(results.seconds)
    )
    table.add_section()
    for name, value in _others(results):
        table.add_row(name, figure(value))
    table.add_section()
    stages = {stage.name for stage in results.stages}
    for name, seconds in (results.budget or {}).items():
        if name not in stages:
            table.add_row(name, "", "", duration(seconds))
    return table


def summary(results: Sequence[Results]) -> dict[str, Any]:
    """Mean, spread and each value of every numeric field over runs, for `report RUN… --json`.

    Nulls are left out of mean and spread, which are null themselves where nothing is left; `std` is that of a
    sample (n − 1) and null for a single value.

    Returns:
        `{"runs": [{recipe, …, seed}], "fields": {name: {mean, std, min, max, each}}, "stages": {name: {wer:
        {…}, bleu: {…}, seconds: {…}}}}`; `each` is in the order of `runs`.
    """
    rows = [asdict(result) for result in results]
    names = [name for name in (rows[0] if rows else {}) if name not in _IDENTITY and _numeric(rows, name)]
    stages = [{stage["name"]: stage for stage in row["stages"]} for row in rows]
    return {
        "runs": [{name: row[name] for name in _IDENTITY} for row in rows],
        "fields": {name: spread([row[name] for row in rows]) for name in names},
        "stages": {
            stage: {
                name: spread([row.get(stage, {}).get(name) for row in stages])
                for name in ("wer", "bleu", "seconds")
            }
            for stage in dict.fromkeys(name for row in stages for name in row)
        },
    }


def _others(results: Results) -> list[tuple[str, float | None]]:
    return [
        ("content-word error rate", results.content_wer),
        ("content-word F1", results.content_f1),
        ("word match score", results.match_score),
        ("recognition score", results.recognition_score),
        ("boundary F1", results.boundary_f1),
        (f"picture found, R@1 of {results.retrieval_pool or '?'}", results.retrieval_r1),
        ("perplexity", results.perplexity),
        ("macro recall over word types", results.macro_recall),
        ("CLIP: R@1 on held-out pictures", results.clip_r1),
        *((f"CLIP: minimal pairs, {kind}", v) for kind, v in (results.clip_minimal_pairs or {}).items()),
    ]


def _numeric(rows: list[dict[str, Any]], name: str) -> bool:
    """Whether every run has a number or null there, and one has a number."""
    values = [row[name] for row in rows if row[name] is not None]
    return bool(values) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def spread(each: list[float | None]) -> dict[str, Any]:
    """Mean, sample deviation, ends and each of the values, as `summary` tells of."""
    values = np.array([value for value in each if value is not None], dtype=np.float64)
    if not len(values):
        return {"mean": None, "std": None, "min": None, "max": None, "each": each}
    return {
        "mean": float(values.mean()),
        "std": float(values.std(ddof=1)) if len(values) > 1 else None,
        "min": float(values.min()),
        "max": float(values.max()),
        "each": each,
    }
