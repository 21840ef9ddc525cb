"""Seconds by stage survive interruptions and add up."""

import pytest

from unsup_asr.files import read_json
from unsup_asr.pipeline import budget as module
from unsup_asr.pipeline.budget import Budget


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """A clock that shows its only entry."""
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_a_stage_takes_what_the_clock_says(tmp_path, clock):
    budget = Budget(tmp_path / "budget.json")
    with budget.stage("semantic"):
        clock[0] += 2.5
    clock[0] += 50
    with budget.stage("decoding"):
        clock[0] += 1.254
    assert budget.seconds == {"semantic": 2.5, "decoding": 1.25}
    assert read_json(tmp_path / "budget.json") == budget.seconds


def test_a_resumed_stage_adds_to_what_it_had(tmp_path, clock):
    """An interruption inside the stage counts up to there; the process ends and another goes on."""
    with pytest.raises(KeyboardInterrupt), Budget(tmp_path / "budget.json").stage("semantic"):
        clock[0] += 3
        raise KeyboardInterrupt
    with Budget(tmp_path / "budget.json").stage("semantic"):
        clock[0] += 4
    assert Budget(tmp_path / "budget.json").seconds == {"semantic": 7.0}


def test_a_new_run_has_spent_nothing(tmp_path):
    assert Budget(tmp_path / "budget.json").seconds == {}
    assert not (tmp_path / "budget.json").exists()
