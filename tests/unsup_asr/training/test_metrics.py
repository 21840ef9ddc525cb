import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.files import read_jsonl
from unsup_asr.training.metrics import MetricsLog


def steps(path) -> list[tuple[str, int, int]]:
    return [(row["stage"], row["start"], row["step"]) for row in read_jsonl(path)]


def test_a_row_says_whose_it_is(tmp_path):
    MetricsLog(tmp_path / "runs" / "metrics.jsonl", "semantic", 1).write(25, {"loss": 0.123456789, "r1": 1.0})
    assert read_jsonl(tmp_path / "runs" / "metrics.jsonl") == [
        {"stage": "semantic", "start": 1, "step": 25, "loss": 0.12346, "r1": 1.0}
    ]


@given(own=st.lists(st.integers(1, 50), max_size=6), place=st.integers(0, 50))
def test_only_this_starts_rows_after_the_place_are_forgotten(tmp_path_factory, own, place):
    path = tmp_path_factory.mktemp("log") / "metrics.jsonl"
    logs = [MetricsLog(path, "semantic", 0), MetricsLog(path, "semantic", 1), MetricsLog(path, "reading", 0)]
    for step in own:
        for log in logs:
            log.write(step, {})
    logs[0].forget_after(place)
    if own:
        mine = [("semantic", 0, step) for step in own if step <= place]
        others = [(stage, start, step) for step in own for stage, start in (("semantic", 1), ("reading", 0))]
        assert sorted(steps(path)) == sorted(mine + others)


@pytest.mark.parametrize("length", range(1, 54))
def test_a_torn_last_line_is_dropped_and_a_whole_one_kept(tmp_path, length):
    """Cut anywhere: what is left of the line is either all of it or not worth keeping."""
    path = tmp_path / "metrics.jsonl"
    log = MetricsLog(path, "a", 0)
    log.write(1, {"loss": 1.0})
    first = path.read_text()
    last = json.dumps({"stage": "a", "start": 0, "step": 2, "loss": -1.25e-5})
    path.write_text(first + last[:length])
    log.forget_after(10)
    assert [step for _, _, step in steps(path)] == ([1, 2] if length >= len(last) else [1])
    log.write(3, {"loss": 0.5})
    assert steps(path)[-1] == ("a", 0, 3)


def test_forgetting_needs_no_file(tmp_path):
    MetricsLog(tmp_path / "metrics.jsonl", "a").forget_after(0)
    assert not (tmp_path / "metrics.jsonl").exists()
