"""What a run folder holds for a report; what is not there yet is empty."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.decoding.hypothesis import Hypothesis, read_hypotheses
from unsup_asr.errors import InputError
from unsup_asr.evaluation.results import Results, read_results
from unsup_asr.evaluation.scoring import TestSet
from unsup_asr.evaluation.translation_stages import TranslationFigures, read_translation_figures
from unsup_asr.files import read_json, read_jsonl
from unsup_asr.training.incidents import Incident, incident_of


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """The losses (by name) of one logged step of one start of one stage."""

    stage: str
    start: int
    step: int
    losses: dict[str, float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A checkpoint that selection without labels looked at; figures that it did not use are None."""

    stage: str
    start: int
    step: int
    perplexity: float | None
    retrieval_r1: float | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Decoded:
    """A test utterance and what was written for it."""

    utterance: Utterance
    hypothesis: Hypothesis


@dataclass(frozen=True, slots=True)
class Run:
    """A run as far as it has come: `stage` is the last one whose test output is there."""

    name: str
    results: Results | None
    translation: TranslationFigures | None
    steps: list[TrainingStep]
    candidates: list[Candidate]
    incidents: list[Incident]
    stage: str | None
    decoded: list[Decoded]

    @property
    def test(self) -> TestSet:
        """What was decoded, as it is scored."""
        return TestSet([d.utterance for d in self.decoded], [d.hypothesis for d in self.decoded])


def read_run(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        InputError: there is no such folder, or a file in it is damaged.
    """
    if not folder.is_dir():
        raise InputError("no run folder", where=folder, remedy="give the folder that `run` made")
    path = folder / "results.json"
    results = read_results(path) if path.exists() else None
    output = _last_output(folder, results)
    return Run(
        name=folder.resolve().name,
        results=results,
        translation=read_translation_figures(folder),
        steps=read_steps(folder),
        candidates=[_candidate(row) for row in _rows(folder / "selection.jsonl")],
        incidents=[incident_of(row) for row in _rows(folder / "incidents.jsonl")],
        stage=output.name.removesuffix(".test.jsonl") if output else None,
        decoded=_decoded(read_test_manifest(folder), output),
    )


def read_steps(folder: Path) -> list[TrainingStep]:
    """The logged steps of a run folder, none where there is no log."""
    return [_step(row) for row in _rows(folder / "metrics.jsonl")]


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        return read_jsonl(path) if path.exists() else []
    except json.JSONDecodeError as error:
        raise InputError(f"not valid JSON: {error}", where=path, remedy="mend or remove the line") from error


def _step(row: dict[str, Any]) -> TrainingStep:
    named = {"stage", "start", "step"}
    losses = {k: float(v) for k, v in row.items() if k not in named and isinstance(v, int | float)}
    return TrainingStep(row["stage"], row["start"], row["step"], losses)


def _candidate(row: dict[str, Any]) -> Candidate:
    figures = row.get("perplexity"), row.get("retrieval_r1")
    return Candidate(row["stage"], row["start"], row["step"], *figures, chosen=bool(row.get("chosen")))


def _last_output(folder: Path, results: Results | None) -> Path | None:
    """The test output of the last stage that has one; by file time where no results name the stages."""
    outputs = {path.name.removesuffix(".test.jsonl"): path for path in folder.glob("decoded/*.test.jsonl")}
    named = [outputs[stage.name] for stage in (results.stages if results else ()) if stage.name in outputs]
    by_time = sorted(outputs.values(), key=lambda path: path.stat().st_mtime_ns)
    found = named or by_time
    return found[-1] if found else None


def read_test_manifest(folder: Path) -> list[Utterance]:
    """The test utterances; corpus.json gives the manifest, absolute or relative to the run folder."""
    corpus = folder / "corpus.json"
    manifest = folder / read_json(corpus)["test"] if corpus.exists() else None
    return read_manifest(manifest) if manifest and manifest.exists() else []


def _decoded(utterances: list[Utterance], output: Path | None) -> list[Decoded]:
    """In the manifest's order, those that were decoded."""
    hypotheses = {hypothesis.id: hypothesis for hypothesis in read_hypotheses(output)} if output else {}
    return [Decoded(u, hypotheses[u.id]) for u in utterances if u.id in hypotheses]
