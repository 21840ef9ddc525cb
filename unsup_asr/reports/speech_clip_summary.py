"""The retrieval and the keyword hits of several SpeechCLIP runs in one summary, for `report RUN… --json`."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from unsup_asr.evaluation.retrieval import Recalls, RetrievalScores
from unsup_asr.reports.speech_clip_run import SpeechClipRun
from unsup_asr.reports.table import spread

_DIRECTIONS = ("speech_to_image", "image_to_speech", "mean")
_HITS = ("published", "published_chance", "right", "right_chance", "recall", "best_tokens")


def speech_clip_summary(runs: Sequence[SpeechClipRun]) -> dict[str, Any]:
    """Mean, spread and each value over runs, as in `table.summary`; a run without a branch has null there.

    Returns:
        `{"retrieval": {branch: {direction: {"at_1": {mean, std, min, max, each}, …}}}, "hits": {name: {…}}}`.
    """
    branches = list(dict.fromkeys(branch for run in runs for branch in run.retrieval))
    return {
        "retrieval": {branch: _branch([run.retrieval.get(branch) for run in runs]) for branch in branches},
        "hits": {
            name: spread([None if run.hits is None else getattr(run.hits, name) for run in runs])
            for name in _HITS
        },
    }


def _branch(scores: list[RetrievalScores | None]) -> dict[str, Any]:
    rows = [None if found is None else asdict(found) for found in scores]
    depths = [field.name for field in fields(Recalls)]
    return {
        direction: {
            depth: spread([None if row is None else row[direction][depth] for row in rows])
            for depth in depths
        }
        for direction in _DIRECTIONS
    }
