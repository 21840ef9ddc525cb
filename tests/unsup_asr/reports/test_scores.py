"""The figures in a reader's words are the figures of results.json."""

from collections.abc import Callable
from dataclasses import fields, replace

import pytest

from unsup_asr.evaluation.results import LanguageResult, Results, StageResult
from unsup_asr.reports.scores import ABSENT, facts, figure, groups, ladder, tiles

BARE = Results("mini", "0", "en", "asr", "gold", True, 0, 0)


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [(None, 1, ABSENT), (0.0, 1, "0.0"), (12.345, 1, "12.3"), (1.005, 2, "1.00")],
)
def test_figures(value, digits, shown):
    assert figure(value, digits) == shown


def test_the_ladder_goes_from_chance_over_the_stages_to_the_topline(make_results: Callable[..., Results]):
    results = replace(make_results(4), chance_wer=150.0, topline_wer=3.0)
    rungs = ladder(results)
    assert [rung.kind for rung in rungs] == ["end", *["stage"] * len(results.stages), "end"]
    assert rungs[0].wer == "150.0" and rungs[-1].wer == "3.0"
    # Bars are drawn against the longest, here that of chance.
    assert rungs[0].share == 100
    assert rungs[-1].share == pytest.approx(2)
    assert [rung.share for rung in rungs[1:-1]] == [pytest.approx(s.wer / 1.5) for s in results.stages]


def test_bars_of_translations_show_bleu(make_results: Callable[..., Results]):
    results = make_results(4, hindi=True)
    assert [rung.share for rung in ladder(results)[1:-1]] == [stage.bleu for stage in results.stages]
    assert ladder(results)[-1].share is None


def test_rates_below_100_are_drawn_against_100():
    results = replace(BARE, stages=(StageResult("semantic", 40.0), StageResult("student")))
    shares = {rung.name: rung.share for rung in ladder(results)}
    assert shares["semantic"] == 40
    assert shares["student"] is None


def test_what_does_not_apply_is_a_dash_everywhere():
    values = [score.value for group in groups(BARE) for score in group.scores]
    assert set(values) == {ABSENT}
    assert all("None" not in f"{s.value} {s.note}" for s in [*facts(BARE), *tiles(BARE)[:3]])


def test_languages_have_a_group_where_there_are_several(make_results: Callable[..., Results]):
    assert "By language" not in [group.title for group in groups(make_results(4))]
    each = (LanguageResult("en", 16, wer=12.34, chance_wer=90.0), LanguageResult("ja", 16, bleu=56.78))
    last = groups(replace(make_results(4), by_language=each))[-1]
    assert [(s.name, s.value) for s in last.scores] == [("en: word error rate", "12.3"), ("ja: BLEU", "56.8")]
    assert last.scores[0].note == "chance 90.0"


def test_every_figure_is_shown_in_some_group(make_results: Callable[..., Results]):
    """Each is given a value of its own, which must turn up."""
    numbered = {
        field.name: 10.0 + number
        for number, field in enumerate(fields(Results))
        if field.type == "float | None" or field.type == (float | None)
    }
    results = replace(make_results(4), **numbered)
    shown = " ".join(f"{s.value} {s.note}" for group in groups(results) for s in group.scores)
    elsewhere = " ".join(f"{rung.wer} {rung.bleu}" for rung in ladder(results))
    missing = [
        name
        for name, value in numbered.items()
        if name != "seconds" and figure(value) not in shown and figure(value) not in elsewhere
    ]
    assert len(numbered) > 15
    assert not missing


def test_headlines_are_of_the_task(make_results: Callable[..., Results]):
    assert tiles(make_results(4))[0].name == "Word error rate %"
    bleu = tiles(make_results(4, hindi=True))[0]
    assert (bleu.name, bleu.value) == ("BLEU", "70.0")
    assert "66.0 to 73.5" in bleu.note
    assert "topline not measured" in bleu.note


def test_gold_times_are_owned_up_to(make_results: Callable[..., Results]):
    gold, found = (
        {score.name: score.value for score in facts(replace(make_results(4), test_uses_gold_times=used))}
        for used in (True, False)
    )
    assert gold["test set"] == "4 utterances, gold word times"
    assert found["test set"] == "4 utterances, no gold word times"
