"""Real runs through the runner, interrupted, killed and taken up again; each is done and recorded once."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.studies.plan import StudyRun
from benchmarks.studies.records import Records
from benchmarks.studies.runner import Runner
from tests.benchmarks.studies.tiny_study import tiny_runs
from unsup_asr.files import read_json, read_jsonl

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def runs(tiny_run) -> list[StudyRun]:
    return tiny_runs([word for word in tiny_run().words[2:] if not word.startswith("run_dir=")])


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(autouse=True)
def cache(out, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(out / "cache"))
    path = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), path])))


def kill(out: Path, runs: list[StudyRun], there: Callable[[], bool]) -> None:
    """Begin the study in a process of its own and kill that once something is there."""
    words = [word for word in runs[0].words if not word.startswith("seed=")]
    command = [sys.executable, "-m", "tests.benchmarks.studies.tiny_study", str(out), *words]
    process = subprocess.Popen(command, cwd=ROOT)
    while not there() and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL, "it had come to its end before"


def interrupt(out: Path, runs: list[StudyRun], there: Callable[[], bool]) -> None:
    """Begin the study here and press Ctrl-C once something is there."""

    def press() -> None:
        while not there():
            time.sleep(0.01)
        signal.raise_signal(signal.SIGINT)

    finger = threading.Thread(target=press)
    finger.start()
    with pytest.raises(KeyboardInterrupt):
        Runner(out).run(runs)
    finger.join()


def test_a_failure_is_recorded_and_tried_again(out, runs):
    nowhere = Runner(out, own_words={"mini_en": ("device=nowhere",)})
    (failed,) = nowhere.run(runs[:1])
    assert failed.status == 2 and not failed.done
    assert "nowhere" in failed.log[-1]
    (row,) = read_jsonl(out / "study.jsonl")
    assert row["name"] == runs[0].name and "device=nowhere" not in row["words"] and row["wer"] is None
    assert Records(out).done(runs) == []


@pytest.mark.slow
def test_interrupted_and_killed_it_is_taken_up_again(out, runs, capfd):
    folders = [out / "runs" / run.name for run in runs]
    interrupt(out, runs, (folders[0] / "config.yaml").exists)
    assert not folders[1].exists(), "the second waits until the first has made what they share"
    kill(out, runs, lambda: any(folders[0].glob("checkpoints/*/*/step-*")))
    capfd.readouterr()
    assert Runner(out).run(runs) == []
    assert "waiting for their end" in capfd.readouterr().out, "what a killed runner had begun goes on alone"
    rows = read_jsonl(out / "study.jsonl")
    assert sorted(row["name"] for row in rows) == sorted(run.name for run in runs)
    for folder in folders:
        assert (folder / "model").is_dir() and not (folder / "checkpoints").exists()
    recorded_is_what_the_runs_say(out, runs)
    before = (out / "study.jsonl").read_bytes()
    assert Runner(out).run(runs) == [] and capfd.readouterr().out == "", "what is done is not done again"
    assert (out / "study.jsonl").read_bytes() == before


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
