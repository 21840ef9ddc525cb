"""A finished run is taught a student: trained, judged, decoded with, kept, and what `transcribe` uses."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest

from unsup_asr.cli.configuration import read_config
from unsup_asr.cli.main import main
from unsup_asr.data.output_units import CLIP_PIECES, SENTENCEPIECE
from unsup_asr.data.vocabulary import Vocabulary
from unsup_asr.evaluation.results import Results
from unsup_asr.files import read_json, read_jsonl
from unsup_asr.models.ctc_student import CtcStudentConfig
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.run import run
from unsup_asr.student import Student
from unsup_asr.training.loop import LoopConfig
from unsup_asr.training.student_training import CtcImitation, StudentConfig

LESSON = StudentConfig(
    pieces=60, network=CtcStudentConfig(width=16, blocks=1), loop=LoopConfig(6, 2, 1), batch=16
)


@dataclass(frozen=True)
class Taught:
    """A run with a student."""

    folder: Path
    config: RunConfig

    def finish(self) -> Results:
        return run(self.config, self.folder).results

    def made(self) -> dict[Path, str]:
        """Hashes of all that is the student's, and of what was chosen and logged."""
        patterns = (
            "checkpoints/student/**/*",
            "student/*",
            "*/student.*.jsonl",
            "metrics.jsonl",
            "selection.jsonl",
        )
        files = [path for pattern in patterns for path in self.folder.glob(pattern) if path.is_file()]
        return {
            path.relative_to(self.folder): sha256(path.read_bytes()).hexdigest() for path in sorted(files)
        }


@pytest.fixture(scope="module")
def begun(finished_run, tmp_path_factory) -> Callable[[str], Taught]:
    """Makes a copy of the finished run that has its student yet to teach."""

    def begin(kind: str) -> Taught:
        folder = tmp_path_factory.mktemp("taught") / "run"
        shutil.copytree(finished_run.folder, folder)
        (folder / "results.json").unlink()
        config = read_config(folder)
        assert isinstance(config, RunConfig)
        return Taught(folder, replace(config, run_dir=str(folder), student=replace(LESSON, units=kind)))

    return begin


@pytest.fixture(autouse=True)
def its_cache(finished_run, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(finished_run.cache.parent))


@pytest.fixture(scope="module", params=[CLIP_PIECES, SENTENCEPIECE])
def taught(begun, finished_run, request) -> Taught:
    taught: Taught = begun(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(finished_run.cache.parent))
        taught.finish()
    return taught


def test_its_figures_are_the_runs(taught):
    results = read_json(taught.folder / "results.json")
    last = results["stages"][-1]
    assert [stage["name"] for stage in results["stages"]][-2:] == ["self_training", "student"]
    assert (results["wer"], results["bleu"]) == (last["wer"], last["bleu"])
    assert last["seconds"] > 0 and results["perplexity"] > 0
    # The model was learned with true word times, and hears the test set without.
    assert (results["segmentation"], results["test_uses_gold_times"]) == ("gold", False)


def test_it_is_judged_decoded_and_scored_as_a_stage_is(taught):
    (row,) = (row for row in read_jsonl(taught.folder / "selection.jsonl") if row["stage"] == "student")
    assert (row["start"], row["step"], row["chosen"]) == (0, 6, True)
    trained = [
        row["step"] for row in read_jsonl(taught.folder / "metrics.jsonl") if row["stage"] == "student"
    ]
    assert trained == [1, 2, 3, 4, 5, 6]
    for split in ("test", "validation"):
        assert len(read_jsonl(taught.folder / "decoded" / f"student.{split}.jsonl")) == 16
    assert len(read_jsonl(taught.folder / "scored" / "student.test.jsonl")) == 16


def test_transcribe_writes_what_was_scored(taught, finished_run, capsys):
    (test,) = finished_run.cache.glob("corpora/*/test.jsonl")
    assert main(["transcribe", "--model", str(taught.folder), "-f", "json", str(test)]) == 0
    written = [json.loads(line)["text"] for line in capsys.readouterr().out.splitlines()]
    assert written == [row["text"] for row in read_jsonl(taught.folder / "decoded" / "student.test.jsonl")]


def test_a_named_segmenter_asks_for_the_model_that_reads_segments(taught, finished_run, capsys):
    (test,) = finished_run.cache.glob("corpora/*/test.jsonl")
    words = ["transcribe", "-f", "json", "--segmenter", "gold", str(test), "--model"]
    written = []
    for folder in (taught.folder, taught.folder / "model"):
        assert main([*words, str(folder)]) == 0
        written.append(capsys.readouterr().out)
    assert written[0] == written[1]


def test_its_units_are_those_asked_for(taught):
    units = Student.from_pretrained(taught.folder).decoder.units
    assert units.kind == taught.config.student.units
    known = set(Vocabulary.read(taught.folder / "vocabulary.json").words)
    assert set(units.spellings) <= known or units.kind == SENTENCEPIECE
    if units.kind == SENTENCEPIECE:
        assert len(units) <= LESSON.pieces


def test_killed_while_it_learns_it_comes_to_the_same_bytes(taught, begun, monkeypatch):
    again = begun(taught.config.student.units)
    update = CtcImitation.update

    def killed_at_the_fourth(self: CtcImitation, step: int) -> dict:
        if step == 3:
            raise KeyboardInterrupt
        return update(self, step)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(CtcImitation, "update", killed_at_the_fourth)
        again.finish()
    again.finish()
    assert again.made() == taught.made()


def test_what_is_learned_is_not_learned_again(taught, monkeypatch):
    before = taught.made()
    (taught.folder / "results.json").unlink()
    monkeypatch.setattr(CtcImitation, "update", None)
    taught.finish()
    assert taught.made() == before


def test_without_updates_there_is_none(finished_run):
    assert not (finished_run.folder / "student").exists()
