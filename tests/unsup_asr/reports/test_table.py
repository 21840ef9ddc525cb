"""The table in the terminal and the summary of several runs."""

import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from unsup_asr.evaluation.results import Results, StageResult
from unsup_asr.reports.scores import duration
from unsup_asr.reports.table import results_table, summary


def test_the_table_names_stages_between_chance_and_topline(make_results: Callable[..., Results]) -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(results_table(make_results(4)))
    text = console.export_text()
    order = [text.index(name) for name in ("chance", "semantic", "language", "self-training", "topline")]
    assert order == sorted(order)
    assert "118.3" in text and "15.4" in text and "R@1 of 100" in text


def test_summary_by_hand(make_results: Callable[..., Results]) -> None:
    runs = [
        replace(make_results(4), seed=k, wer=wer, topline_wer=None) for k, wer in enumerate([10, 20, None])
    ]
    found = summary(runs)
    assert [run["seed"] for run in found["runs"]] == [0, 1, 2]
    wer = found["fields"]["wer"]
    assert wer == {"mean": 15, "std": pytest.approx(50**0.5), "min": 10, "max": 20, "each": [10, 20, None]}
    assert found["fields"]["bleu"]["std"] == 0
    assert {"seed", "test_uses_gold_times", "recipe", "stages", "topline_wer"}.isdisjoint(found["fields"])
    json.dumps(found, allow_nan=False)


def test_summary_of_stages_that_not_all_runs_have(make_results: Callable[..., Results]) -> None:
    one = replace(make_results(4), stages=(StageResult("semantic", 40.0), StageResult("student", 10.0)))
    other = replace(make_results(4), stages=(StageResult("semantic", 50.0),))
    stages = summary([one, other])["stages"]
    assert stages["semantic"]["wer"]["mean"] == 45
    assert stages["student"]["wer"]["each"] == [10, None]
    assert stages["student"]["bleu"]["mean"] is None
    assert summary([one])["fields"]["cer"]["std"] is None
    assert summary([]) == {"runs": [], "fields": {}, "stages": {}}


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "–"), (2.34, "2.3 s"), (42, "42 s"), (412, "6 min 52 s"), (7260, "2 h 1 min")],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown
