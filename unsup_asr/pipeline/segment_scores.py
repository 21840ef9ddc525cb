"""How the segments of each stage meet the words of the test set, beside each other in `scored/segments.json`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from unsup_asr.evaluation.results import Results
from unsup_asr.evaluation.scoring import TestSet, with_segment_scores
from unsup_asr.files import write_json

FILE = Path("scored") / "segments.json"


@dataclass(frozen=True)
class SegmentScores:
    """The figures of a stage's segments, as `Results` has those of the last; None where words have no times."""

    stage: str
    segments_per_word: float | None
    boundary_f1: float | None
    boundary_r_value: float | None


def write_segment_scores(folder: Path, results: Results, tests: Mapping[str, TestSet]) -> None:
    """Write them down.

    Args:
        folder: of the run.
        results: of the same run.
        tests: what each stage wrote for the test set, and between which times.
    """
    scored = {stage: with_segment_scores(results, test) for stage, test in tests.items()}
    rows = [
        SegmentScores(stage, each.segments_per_word, each.boundary_f1, each.boundary_r_value)
        for stage, each in scored.items()
    ]
    write_json(folder / FILE, [asdict(row) for row in rows])
