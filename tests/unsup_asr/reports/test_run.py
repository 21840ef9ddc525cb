"""A run folder is read as it stands, finished or not."""

import os
from pathlib import Path

import pytest

from unsup_asr.errors import InputError
from unsup_asr.files import read_json, write_json, write_jsonl
from unsup_asr.reports.run import Candidate, TrainingStep, read_run
from unsup_asr.training.guarded import Change
from unsup_asr.training.incidents import Incident, IncidentLog


def test_a_finished_run_is_all_there(run_folder):
    run = read_run(run_folder)
    assert run.name == "mini"
    assert run.stage == "self-training"
    assert [item.utterance.id for item in run.decoded] == [f"test-{k:03}" for k in range(4)]
    assert all(item.utterance.id == item.hypothesis.id for item in run.decoded)
    assert run.results.n_test == 4


def test_an_empty_folder_is_an_empty_run(tmp_path):
    run = read_run(tmp_path)
    assert (run.results, run.steps, run.candidates, run.stage, run.decoded) == (None, [], [], None, [])


def test_rows_are_read_by_name(tmp_path):
    write_jsonl(
        tmp_path / "metrics.jsonl", [{"stage": "s", "start": 1, "step": 2, "semantic": 3, "note": "x"}]
    )
    row = {"stage": "s", "start": 0, "step": 9, "perplexity": 4.5, "retrieval_r1": 6.0, "score": 1.0}
    write_jsonl(
        tmp_path / "selection.jsonl", [{**row, "chosen": True}, {"stage": "s", "start": 1, "step": 9}]
    )
    run = read_run(tmp_path)
    assert run.steps == [TrainingStep("s", 1, 2, {"semantic": 3.0})]
    assert run.candidates == [
        Candidate("s", 0, 9, 4.5, 6.0, True),
        Candidate("s", 1, 9, None, None, False),
    ]


def test_the_last_stage_is_that_of_the_results_and_else_the_newest_file(make_run, tmp_path):
    run = make_run(tmp_path)
    decoded = run / "decoded"
    text = (decoded / "self-training.test.jsonl").read_text()
    (decoded / "semantic.test.jsonl").write_text(text)
    (decoded / "elsewhere.test.jsonl").write_text(text)
    os.utime(decoded / "self-training.test.jsonl", (1, 1))
    assert read_run(run).stage == "self-training"
    (run / "results.json").unlink()
    os.utime(decoded / "semantic.test.jsonl", (3, 3))
    os.utime(decoded / "elsewhere.test.jsonl", (2, 2))
    assert read_run(run).stage == "semantic"


def test_only_what_was_decoded_is_shown_in_the_manifests_order(make_run, tmp_path):
    run = make_run(tmp_path)
    path = run / "decoded" / "self-training.test.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[3], lines[1]]))
    assert [item.utterance.id for item in read_run(run).decoded] == ["test-001", "test-003"]


def test_a_manifest_may_be_named_relative_to_the_run(make_run, tmp_path):
    run = make_run(tmp_path)
    test = Path(read_json(run / "corpus.json")["test"])
    write_json(run / "corpus.json", {"test": os.path.relpath(test, run)})
    assert len(read_run(run).decoded) == 4


def test_a_damaged_line_is_named(tmp_path):
    (tmp_path / "metrics.jsonl").write_text('{"stage": "s", "start": 0, "step": 1}\n{"stage": \n')
    with pytest.raises(InputError, match=r"metrics\.jsonl: not valid JSON"):
        read_run(tmp_path)


def test_no_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="no run folder"):
        read_run(tmp_path / "nothing")


def test_incidents_are_read_where_there_are_any(tmp_path):
    assert read_run(tmp_path).incidents == []
    incident = Incident("s", 1, 33, "a few words", {"null": 0.0}, ["a on a"], 20, Change(0.5), given_up=False)
    IncidentLog(tmp_path / "incidents.jsonl").add(incident)
    assert read_run(tmp_path).incidents == [incident]
