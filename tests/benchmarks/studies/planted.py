"""Records as runs would leave them, with figures that are given."""

from pathlib import Path

from benchmarks.studies.plan import Condition
from benchmarks.studies.records import Judged, Record, Records
from unsup_asr.evaluation.results import StageResult


def judged(stage: str, perplexity: float, use: float, retrieval: float, score: float) -> Judged:
    """What was said of the one start of a stage."""
    return Judged(stage, 0, 100, perplexity, use, -10.0 * perplexity, retrieval, score, chosen=True)


def plant(
    out: Path,
    condition: Condition,
    wers: list[list[float]],
    stages: list[str],
    said: list[list[Judged]] | None = None,
) -> None:
    """Leave the records of a condition's runs.

    Args:
        out: folder of the records.
        condition: whose runs.
        wers: of each run after each stage.
        stages: their names.
        said: of each run without labels.
    """
    records = Records(out)
    for run, each, heard in zip(condition.runs, wers, said or [[]] * len(wers), strict=False):
        found = tuple(StageResult(name, wer) for name, wer in zip(stages, each, strict=True))
        record = Record(
            run.name, run.label, run.recipe, run.words, run.seed, 0, 1.0, wer=each[-1], chance_wer=100.0,
            stages=found, judged=tuple(heard),
        )  # fmt: skip
        records.keep(record)
