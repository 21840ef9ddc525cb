"""The segments of every stage are scored, those of the last as the run's results have it."""

import pytest

from unsup_asr.files import read_json
from unsup_asr.pipeline.segment_scores import FILE


def test_every_stage_has_its_figures(finished_run):
    results = read_json(finished_run.folder / "results.json")
    rows = read_json(finished_run.folder / FILE)
    assert [row["stage"] for row in rows] == [stage["name"] for stage in results["stages"]]
    for name in ("segments_per_word", "boundary_f1", "boundary_r_value"):
        assert rows[-1][name] == pytest.approx(results[name])
    assert rows[0]["segments_per_word"] == 1
