"""What a stage wrote for the test set, and what of it was scored, beside each other in a folder."""

from pathlib import Path

from unsup_asr.decoding.hypothesis import write_hypotheses
from unsup_asr.evaluation.results import StageResult
from unsup_asr.evaluation.scoring import TestSet, stage_result, write_scored_texts


def write_stage(folder: Path, stage: str, test: TestSet, seconds: float | None) -> StageResult:
    """Write `decoded/STAGE.test.jsonl` and `scored/STAGE.test.jsonl`.

    Args:
        folder: of the run, or of its topline.
        stage: its name.
        test: what it wrote.
        seconds: that its training took.

    Returns:
        Its figures, which are those of the second file.
    """
    write_hypotheses(folder / "decoded" / f"{stage}.test.jsonl", test.hypotheses)
    write_scored_texts(folder / "scored" / f"{stage}.test.jsonl", test)
    return stage_result(stage, test, seconds)
