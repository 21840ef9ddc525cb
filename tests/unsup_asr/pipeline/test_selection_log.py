"""What is said of a generator is kept, and the best by score is marked, whatever was marked before."""

import pytest

from unsup_asr.files import read_jsonl, write_jsonl
from unsup_asr.pipeline.selection_log import SelectionLog
from unsup_asr.training.selection import Fitness


@pytest.fixture
def log(tmp_path) -> SelectionLog:
    log = SelectionLog(tmp_path / "selection.jsonl")
    for start, score in enumerate((0.5, 2.0, 1.0)):
        log.add("semantic", start, 100, Fitness(9.0, 80.0, -70.0, retrieval_r1=50.0, pool=20, score=score))
    return log


def test_a_log_is_read_as_it_was_written(log, tmp_path):
    assert SelectionLog(tmp_path / "selection.jsonl").candidates == log.candidates
    assert log.knows("semantic", 2, 100) and not log.knows("semantic", 2, 99)


def test_figures_are_kept_under_their_names(log, tmp_path):
    row = read_jsonl(tmp_path / "selection.jsonl")[1]
    figures = {"perplexity": 9.0, "vocabulary_use": 80.0, "log10_probability": -70.0, "retrieval_r1": 50.0}
    assert row.items() >= {"stage": "semantic", "start": 1, "step": 100, **figures, "score": 2.0}.items()


def test_what_was_judged_by_fewer_figures_is_judged_anew(tmp_path):
    earlier = {"stage": "semantic", "start": 0, "step": 100, "perplexity": 9.0, "retrieval_r1": 50.0}
    write_jsonl(tmp_path / "selection.jsonl", [{**earlier, "score": 0.5, "chosen": True}])
    assert not SelectionLog(tmp_path / "selection.jsonl").knows("semantic", 0, 100)


def test_the_best_of_those_asked_for_is_marked(log, tmp_path):
    assert log.choose("semantic", [0, 2]).start == 2
    assert log.choose("semantic", range(3)).start == 1
    again = SelectionLog(tmp_path / "selection.jsonl").candidates
    assert [candidate.chosen for candidate in again] == [False, True, False]
