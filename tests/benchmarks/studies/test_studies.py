"""The studies' tables against figures computed by hand, from planted records."""

import math

import pytest

from benchmarks.studies import ablation, model_selection, seeds
from benchmarks.studies.__main__ import main
from benchmarks.studies.criteria import CRITERIA
from benchmarks.studies.plan import Condition
from benchmarks.studies.records import Records
from tests.benchmarks.studies.planted import judged, plant
from unsup_asr.errors import InputError

STAGES = ["semantic", "language_model", "adversarial", "self_training"]


def test_an_ablation_has_a_row_a_condition_and_a_column_a_stage(tmp_path):
    rows = [Condition("t", label, "mini_en", (f"starts={n}",)) for n, label in ((1, "all"), (2, "none"))]
    plant(tmp_path, rows[0], [[90, 50, 30, 10], [90, 50, 32, 12], [90, 50, 34, 14]], STAGES)
    plant(tmp_path, rows[1], [[90, 80, 70, 60]], STAGES)
    assert ablation.figures(Records(tmp_path), rows).splitlines() == [
        "WER %, t: mean ± sample deviation (each seed).",
        "",
        "|  | trained with the losses | after self-training | chance |",
        "| --- | --- | --- | --- |",
        "| all | 32.0 ± 2.0 (30.0, 32.0, 34.0) | 12.0 ± 2.0 (10.0, 12.0, 14.0) | 100.0 |",
        "| none | 70.0 (70.0) | 60.0 (60.0) | 100.0 |",
    ]


def test_segments_found_anew_have_a_column(tmp_path):
    row = Condition("t", "all", "mini_en", ("segmenter=energy",), range(1))
    plant(tmp_path, row, [[70, 20, 10]], ["adversarial", "re_estimation", "self_training"])
    head, _, line = ablation.figures(Records(tmp_path), [row]).splitlines()[2:]
    assert head == "|  | trained with the losses | segments found anew | after self-training | chance |"
    assert line == "| all | 70.0 (70.0) | 20.0 (20.0) | 10.0 (10.0) | 100.0 |"


def test_seeds_near_the_median_are_counted(tmp_path):
    rows = [
        Condition("t", "true", "mini_en", (), range(4)),
        Condition("t", "found", "mini_en", ("slots=4",), range(2)),
    ]
    plant(tmp_path, rows[0], [[4.0], [5.0], [6.0], [30.0]], ["self_training"])
    (line,) = seeds.figures(Records(tmp_path), rows).splitlines()[2:]
    assert line == "| true | 4 | 5.5 | 3 of 4 | 11.2 ± 12.5 (4.0, 5.0, 6.0, 30.0) |"


@pytest.fixture
def choice(tmp_path) -> tuple[Records, Condition]:
    """Four runs: the best; one with exchanged words that reads better; a slightly worse one; a collapsed one."""
    condition = Condition("t", "run", "mini_en", (), range(4))
    figures = [
        (10.0, 90.0, 80.0, math.log(0.8 * 0.9 / 10)),
        (9.5, 90.0, 40.0, math.log(0.4 * 0.9 / 9.5)),
        (12.0, 90.0, 70.0, math.log(0.7 * 0.9 / 12)),
        (2.0, 4.0, 1.0, math.log(0.01 * 0.04 / 2)),
    ]
    said = [[judged("adversarial", *each), judged("self_training", *each)] for each in figures]
    plant(tmp_path, condition, [[20, 4], [40, 30], [25, 6], [99, 98]], STAGES[2:], said)
    return Records(tmp_path), condition


def test_criteria_pick_as_they_are_made(choice):
    records, condition = choice
    runs = [found.chosen("self_training") for found in records.done(condition.runs)]
    assert [criterion.choose(runs) for criterion in CRITERIA] == [3, 1, 1, 0, 0]


def _tables(page: str) -> list[list[str]]:
    """The lines of each table, its title first."""
    blocks = page.split("\n\n")
    return [[title, "", *lines.splitlines()] for title, lines in zip(blocks[::2], blocks[1::2], strict=True)]


def test_each_criterion_is_held_against_the_best(choice):
    records, condition = choice
    then, later, last, every = _tables(model_selection.figures(records, [condition]))
    titles = [each[0].split(" (", 1) for each in (then, later, last)]
    assert [title for title, _ in titles] == list(model_selection.MOMENTS)
    assert {healthy for _, healthy in titles} == {"3 of 4 nearer to the best than to chance):"}
    rows = {line.split(" | ")[0].removeprefix("| "): line.split(" | ")[1:] for line in last[4:]}
    perplexity, ours = (
        next(rows[name] for name in rows if name.startswith(s)) for s in ("perpl", "log retr")
    )
    assert perplexity[:2] == ["run, seed 3", "98.0"] and perplexity[2].startswith("94.0 [")
    assert perplexity[3:5] == ["4 of 4", "no"]
    assert (
        ours[:2] == ["run, seed 0", "4.0"] and ours[2].startswith("0.0 [") and ours[3:5] == ["1 of 4", "yes"]
    )
    # Perplexity's ranks are 3, 2, 4, 1 where accuracy has 1, 3, 2, 4: ρ = 1 − 6·(4+1+4+9) / 60 = −0.8.
    assert perplexity[5].startswith("-0.80 [") and ours[5].startswith("1.00 [")
    # Without the collapsed run 2, 1, 3 against 1, 3, 2: ρ = 1 − 6·(1+4+1) / 24 = −0.5.
    assert perplexity[6].startswith("-0.50 [") and ours[6].startswith("1.00 [")
    # Before self-training all judge alike, by other rates: 20, 40, 25 and 99 %.
    assert "| perplexity | run, seed 3 | 99.0 | 79.0 [" in then[4] and "| 98.0 | 94.0 [" in later[4]
    assert [line.split(" | ")[1] for line in every[-4:]] == ["4.0", "6.0", "30.0", "98.0"]


def test_a_choice_among_some_of_the_runs_is_another_figure(choice, tmp_path):
    records, condition = choice
    more = Condition("t", "run", "mini_en", (), range(5))
    with pytest.raises(InputError, match=r"study\.jsonl: 1 of 5 runs are not done"):
        model_selection.figures(records, [condition, more])


def test_the_command_writes_a_page_and_prints_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = seeds.conditions()
    plant(tmp_path / "out", rows[1], [[15.0]], ["self_training"])
    (tmp_path / "docs").mkdir()
    page = tmp_path / seeds.PAGE
    page.write_text("Text.\n<!-- figures: begin -->\n<!-- figures: end -->\n")
    assert main(["table", "seeds", "--out", "out"]) == 0
    assert "| words found by `energy` | 1 | 15.0 | 1 of 1 | 15.0 (15.0) |" in page.read_text()
    assert capsys.readouterr().out == "docs/convergence.md\n"
    page.unlink()
    assert main(["table", "seeds", "--out", "out"]) == 1
    assert "docs/convergence.md: has no place for figures" in capsys.readouterr().err


def test_the_command_lists_runs_with_the_words_that_all_have(capsys):
    assert main(["plan", "seeds", "--with", "data.train=48"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "mini_en data.train=48 seed=0" and err == "30 runs\n"
    assert len(out.splitlines()) == 30
