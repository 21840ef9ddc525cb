"""Each way to hear has a run of all languages beside a run a language, and its cells are those runs' figures."""

from dataclasses import replace

from benchmarks.studies import languages_together
from benchmarks.studies.languages_together import ALONE, HEARD, TOGETHER
from benchmarks.studies.plan import runs_of
from benchmarks.studies.records import Record, Records
from unsup_asr.cli.configuration import compose
from unsup_asr.evaluation.results import LanguageResult


def test_every_condition_is_one_that_can_be_run():
    conditions = languages_together.conditions()
    assert len(runs_of(conditions)) == len(HEARD) * (len(ALONE) + 1)
    for row in conditions:
        config = compose(row.recipe, row.words)
        assert config.translation.reorder and config.task == "translation"
        spoken = [config.data.language, *config.data.others]
        assert spoken == (config.languages or [config.language])


def test_a_language_alone_stands_beside_its_part_of_all(tmp_path):
    records, conditions = Records(tmp_path), languages_together.conditions()[:3]
    parts = tuple(
        LanguageResult(each, 400, bleu=bleu, content_f1=90.0) for each, bleu in (("ja", 60.0), ("hi", 70.5))
    )
    for row, bleu in zip(conditions, (75.1, 65.6, 50.0), strict=True):
        (run,) = row.runs
        record = Record(
            run.name, run.label, run.recipe, run.words, 0, 0, 1.0, bleu=bleu, content_f1=bleu + 10
        )
        records.keep(record if row.recipe != TOGETHER else replace(record, by_language=parts))
    text = languages_together.figures(Records(tmp_path), conditions)
    cells = [line.strip("| ").split(" | ") for line in text.splitlines() if "true word times" in line]
    label = "log-mel frames, true word times"
    assert cells == [
        [label, "75.1 (75.1)", "70.5 (70.5)", "65.6 (65.6)", "60.0 (60.0)"],
        [label, "85.1 (85.1)", "90.0 (90.0)", "75.6 (75.6)", "90.0 (90.0)"],
    ]


def test_what_is_not_done_is_a_dash(tmp_path):
    text = languages_together.figures(Records(tmp_path), languages_together.conditions())
    assert text.count("| –") == 4 * len(HEARD) * 2


def test_the_page_has_a_place_for_it():
    assert "<!-- figures: begin -->" in languages_together.PAGE.read_text()
