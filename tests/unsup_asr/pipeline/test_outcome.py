"""What a run folder says of a run that is complete."""

import re
from dataclasses import replace

import pytest

from unsup_asr.errors import UsageError
from unsup_asr.evaluation.results import Results, read_results
from unsup_asr.files import write_json
from unsup_asr.pipeline.budget import Budget
from unsup_asr.pipeline.outcome import (
    RunOutcome,
    complete,
    finish,
    list_set_aside,
    read_outcome,
    refuse_other_sources,
)
from unsup_asr.pipeline.setting_aside import SetAside

RESULTS = Results("mini", "0", "en", "asr", "gold", True, 0, 3)
SOURCES = {"train": "a/train.jsonl", "captions": "a/captions.txt"}
ASIDE = (SetAside("u1", "is broken"), SetAside("u2", "is missing"))


@pytest.fixture
def run(tmp_path):
    """A finished run with what it set aside."""
    write_json(tmp_path / "corpus.json", SOURCES)
    budget = Budget(tmp_path / "budget.json")
    budget.seconds = {"semantic": 1.25, "decoding": 2.5}
    list_set_aside(tmp_path, ASIDE)
    finish(tmp_path, RESULTS, budget)
    return tmp_path


def test_a_complete_run_is_told_as_it_was(run):
    told = complete(run, lambda: SOURCES)
    assert told == read_outcome(run) == RunOutcome(read_results(run / "results.json"), ASIDE)
    assert told.results == replace(RESULTS, seconds=3.8, budget={"semantic": 1.25, "decoding": 2.5})


def test_a_run_on_its_way_is_not_complete(run):
    (run / "results.json").unlink()
    assert complete(run, lambda: pytest.fail("nobody need make its data")) is None


def test_what_is_mended_is_set_aside_no_more(run):
    list_set_aside(run, ())
    assert read_outcome(run).set_aside == ()
    assert not (run / "set_aside.jsonl").exists()


def test_a_run_of_other_files_is_refused_and_they_are_named(run):
    now = {**SOURCES, "captions": "b/captions.txt", "test": "b/test.jsonl"}
    said = re.escape(f"{run}: was run on files that have changed since: captions, test (say run_dir=ANOTHER")
    with pytest.raises(UsageError, match=said):
        complete(run, lambda: now)
    with pytest.raises(UsageError, match=said):
        refuse_other_sources(run, now)


def test_a_new_folder_takes_any_files(tmp_path):
    refuse_other_sources(tmp_path, SOURCES)
