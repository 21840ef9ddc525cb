"""One line of JSON a run, and what is read from its folder for it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from benchmarks.studies.plan import StudyRun
from unsup_asr.cli.status import DONE, IN_PART
from unsup_asr.errors import InputError
from unsup_asr.evaluation.results import LanguageResult, Results, StageResult, read_results
from unsup_asr.files import read_jsonl, write_jsonl

FILE = "study.jsonl"
_LOG_LINES = 20


@dataclass(frozen=True)
class Judged:
    """What is said without labels of a start after a stage; as in `pipeline.selection_log.Candidate`."""

    stage: str
    start: int
    step: int
    perplexity: float
    vocabulary_use: float
    log10_probability: float
    retrieval_r1: float
    score: float
    chosen: bool


@dataclass(frozen=True)
class Record:
    """What a run came to; figures of a run that failed are None.

    Attributes:
        name: of the run folder, by which runs are told apart.
        label, recipe, words, seed: as in `StudyRun`.
        status: exit status of `unsup-asr run`.
        wall_seconds: of this last attempt, from beginning to end.
        log: its last lines, where it failed.
        version, wer, …, seconds, stages, by_language: as in results.json.
        judged: as in selection.jsonl.
    """

    name: str
    label: str
    recipe: str
    words: tuple[str, ...]
    seed: int
    status: int
    wall_seconds: float
    log: tuple[str, ...] = ()
    version: str | None = None
    wer: float | None = None
    cer: float | None = None
    bleu: float | None = None
    content_wer: float | None = None
    content_f1: float | None = None
    macro_recall: float | None = None
    chance_wer: float | None = None
    segments_per_word: float | None = None
    boundary_f1: float | None = None
    perplexity: float | None = None
    retrieval_r1: float | None = None
    seconds: float | None = None
    stages: tuple[StageResult, ...] = ()
    by_language: tuple[LanguageResult, ...] | None = None
    judged: tuple[Judged, ...] = ()

    @property
    def done(self) -> bool:
        """Whether it came to its end."""
        return self.status in (DONE, IN_PART)

    @property
    def stage_wer(self) -> dict[str, float | None]:
        """WER after each stage, in the order of training."""
        return {stage.name: stage.wer for stage in self.stages}

    def chosen(self, stage: str) -> Judged:
        """What was said of the generator that a stage was left with."""
        return next(each for each in self.judged if each.stage == stage and each.chosen)


_FIGURES = {field.name for field in fields(Record)} & {field.name for field in fields(Results)}
_FIGURES -= {"recipe", "seed"}


def record(run: StudyRun, folder: Path, status: int, wall_seconds: float, log: Path) -> Record:
    """What is to be kept of a run that has ended.

    Args:
        run: which.
        folder: its run folder.
        status: how it ended.
        wall_seconds: what that took.
        log: what it said.
    """
    said = Record(run.name, run.label, run.recipe, run.words, run.seed, status, round(wall_seconds, 1))
    if not said.done:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        return replace(said, log=tuple(lines[-_LOG_LINES:]))
    results = read_results(folder / "results.json")
    figures = {name: getattr(results, name) for name in _FIGURES}
    return replace(said, **figures, judged=tuple(map(_judged, read_jsonl(folder / "selection.jsonl"))))


class Records:
    """The records of a folder of runs: the latest of each run.

    Args:
        out: the folder; it need not be there.
    """

    def __init__(self, out: Path) -> None:
        self.path = out / FILE
        rows = read_jsonl(self.path) if self.path.exists() else []
        self._records = {found.name: found for found in map(_read, rows)}

    def keep(self, found: Record) -> None:
        """Write a record down, in place of an earlier one of the same run."""
        self._records = {**{k: v for k, v in self._records.items() if k != found.name}, found.name: found}
        write_jsonl(self.path, map(asdict, self._records.values()))

    def done(self, runs: Iterable[StudyRun]) -> list[Record]:
        """The records of those runs that came to their end, in their order."""
        found = (self._records.get(run.name) for run in runs)
        return [each for each in found if each is not None and each.done]

    def all_done(self, runs: Sequence[StudyRun]) -> list[Record]:
        """The records of the runs, in their order.

        Raises:
            InputError: some are not done.
        """
        found = self.done(runs)
        if len(found) < len(runs):
            fault = f"{len(runs) - len(found)} of {len(runs)} runs are not done"
            raise InputError(fault, where=self.path, remedy="run the study first")
        return found


def _read(row: dict[str, Any]) -> Record:
    lists = {"stages": StageResult, "judged": Judged, "by_language": LanguageResult}
    nested = {
        name: tuple(kind(**each) for each in row[name])
        for name, kind in lists.items()
        if row.get(name) is not None
    }
    values: dict[str, Any] = {**row, **nested, "words": tuple(row["words"]), "log": tuple(row["log"])}
    return Record(**values)


def _judged(row: dict[str, Any]) -> Judged:
    return Judged(**{field.name: row[field.name] for field in fields(Judged)})
