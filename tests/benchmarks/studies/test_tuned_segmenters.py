"""Four segmenters, three of them with re-estimation, too, three seeds each; and the table that comes of them."""

import pytest

from benchmarks.studies import tuned_segmenters
from benchmarks.studies.plan import runs_of
from benchmarks.studies.records import Record, Records
from unsup_asr.cli.configuration import compose
from unsup_asr.evaluation.results import StageResult
from unsup_asr.pipeline.boundary_tuning import check_tuning


def test_every_condition_is_one_that_can_be_run():
    conditions = tuned_segmenters.conditions()
    assert len(runs_of(conditions)) == (4 + 3) * 3
    kinds = []
    for row in conditions:
        config = compose(row.recipe, row.words)
        check_tuning(config)
        kinds.append((config.boundary_tuning.kind, config.re_estimates))
    stay, anew = ("none", "soft", "soft", "policy"), ("none", "soft", "policy")
    assert kinds == [*((kind, False) for kind in stay), *((kind, True) for kind in anew)]


def test_the_table_has_each_stage_and_the_rate(tmp_path):
    records, conditions = Records(tmp_path), tuned_segmenters.conditions()
    for run in conditions[2].runs:
        stages = tuple(StageResult(name, wer=20.0 + run.seed) for name in ("adversarial", "boundary_tuning"))
        figures = {"segments_per_word": 1.1, "boundary_f1": 30.0, "stages": stages}
        records.keep(Record(run.name, run.label, run.recipe, run.words, run.seed, 0, 1.0, **figures))
    text = tuned_segmenters.figures(records, conditions)
    cells = next(line for line in text.splitlines() if line.startswith("| soft boundaries")).split(" | ")
    assert cells[1] == cells[2] == "21.0 ± 1.0 (20.0, 21.0, 22.0)"
    assert (cells[5], cells[6].strip(" |")) == ("1.10", "30.0")
    assert text.count("| frozen | –") == 2


def test_the_page_has_a_place_for_it():
    assert "<!-- figures: begin -->" in tuned_segmenters.PAGE.read_text()


@pytest.mark.parametrize("label", ["soft boundaries", "by reward"])
def test_what_is_tuned_has_its_control(label):
    words = tuned_segmenters.SEGMENTERS
    assert set(words[tuned_segmenters.AS_LONG]) > set(words["soft boundaries"])
    assert not set(words["frozen"]) & set(words[label])
