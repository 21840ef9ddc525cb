"""Real runs through the runner, killed, interrupted and taken up again; each is done and recorded once."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.studies.plan import Condition, StudyRun
from benchmarks.studies.records import Records
from benchmarks.studies.runner import Runner
from unsup_asr.files import read_json, read_jsonl

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def runs(tiny_run) -> list[StudyRun]:
    """Two seeds of `mini_en`, on a corpus in common."""
    words = [word for word in tiny_run().words[2:] if not word.startswith("run_dir=")]
    return Condition("Tiny", "all", "mini_en", (*words, "starts=1", "self_training.rounds=1"), range(2)).runs


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(autouse=True)
def cache(out, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(out / "cache"))
    path = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), path])))


def wait_until(there: Callable[[], bool], seconds: float = 300.0) -> None:
    """Wait for something; given up, so that what is asserted of it fails, rather than waiting for ever."""
    end = time.monotonic() + seconds
    while not there() and time.monotonic() < end:
        time.sleep(0.01)


def kill(out: Path, runs: list[StudyRun], there: Callable[[], bool]) -> int:
    """Begin the study in a session of its own, stop it once something is there, and kill the runner alone.

    Returns:
        The group of the processes that it has begun, which stand still and cannot end.
    """

    def begin() -> None:
        os.setsid()
        Runner(out).run(runs)

    process = multiprocessing.get_context("fork").Process(target=begin)
    process.start()
    assert process.pid is not None
    wait_until(lambda: there() or not process.is_alive())
    os.killpg(process.pid, signal.SIGSTOP)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return process.pid


def press_ctrl_c(once: Callable[[], None], runner: Runner, runs: list[StudyRun]) -> None:
    """Carry out runs, interrupted once something has come to its end beside it."""

    def press() -> None:
        once()
        signal.raise_signal(signal.SIGINT)

    finger = threading.Thread(target=press)
    finger.start()
    with pytest.raises(KeyboardInterrupt):
        runner.run(runs)
    finger.join()


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_failure_is_recorded_and_tried_again(out, runs):
    nowhere = Runner(out, own_words={"mini_en": ("device=nowhere",)})
    (failed,) = nowhere.run(runs[:1])
    assert failed.status == 2 and not failed.done
    assert "nowhere" in failed.log[-1]
    (row,) = read_jsonl(out / "study.jsonl")
    assert row["name"] == runs[0].name and "device=nowhere" not in row["words"] and row["wer"] is None
    assert Records(out).done(runs) == []


def test_killed_and_interrupted_it_is_taken_up_again(out, runs, capfd):
    first, second = (out / "runs" / run.name for run in runs)
    left = kill(out, runs, (first / "config.yaml").exists)
    assert not second.exists(), "the second waits until the first has made what they share"

    def let_the_first_end_and_the_second_begin() -> None:
        wait_until(lambda: "waiting for their end" in capfd.readouterr().out)
        assert Records(out).done(runs) == []
        os.killpg(left, signal.SIGCONT)
        wait_until((second / "config.yaml").exists)

    press_ctrl_c(let_the_first_end_and_the_second_begin, Runner(out, jobs=1), runs)
    assert [found.name for found in Records(out).done(runs)] == [runs[0].name]
    before = times(first)
    assert Runner(out).run(runs) == []
    assert times(first) == before, "what is done is not done again"
    assert sorted(row["name"] for row in read_jsonl(out / "study.jsonl")) == sorted(run.name for run in runs)
    for folder in (first, second):
        assert (folder / "model").is_dir() and not (folder / "checkpoints").exists()
    recorded_is_what_the_runs_say(out, runs)
    recorded, _ = (out / "study.jsonl").read_bytes(), capfd.readouterr()
    assert Runner(out).run(runs) == [] and capfd.readouterr().out == ""
    assert (out / "study.jsonl").read_bytes() == recorded


def recorded_is_what_the_runs_say(out: Path, runs: list[StudyRun]) -> None:
    for run, found in zip(runs, Records(out).done(runs), strict=True):
        folder = out / "runs" / run.name
        results, judged = read_json(folder / "results.json"), read_jsonl(folder / "selection.jsonl")
        for name in ("wer", "cer", "bleu", "macro_recall", "chance_wer", "perplexity", "version", "seconds"):
            assert getattr(found, name) == results[name], name
        assert found.stage_wer == {stage["name"]: stage["wer"] for stage in results["stages"]}
        assert [each.score for each in found.judged] == [row["score"] for row in judged]
        (chosen,) = (row for row in judged if row["chosen"] and row["stage"] == "adversarial")
        assert found.chosen("adversarial").vocabulary_use == chosen["vocabulary_use"]
        assert (found.seed, found.words, found.status) == (run.seed, run.words, 0)
