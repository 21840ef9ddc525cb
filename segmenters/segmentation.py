"""Where the words of an utterance lie, and the JSONL form in which that is kept."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from segmenters.errors import SegmentationError
from segmenters.files import write_text

# Aligners and headers round differently: spans may overrun the duration by this many seconds.
_ROUNDING = 0.01


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an utterance in seconds, with the method's score for it where it has one."""

    start: float
    end: float
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The word spans of one utterance, in order of their starts.

    Spans may leave gaps (silence), and words of running speech may overlap a little.

    Attributes:
        id: the utterance.
        duration: its length in seconds.
        spans: the words.
        method: how they were found, such as `gold`.
        settings: with which parameters.

    Raises:
        SegmentationError: a span is empty, reversed, not finite, out of order or outside the utterance.
    """

    id: str
    duration: float
    spans: tuple[Span, ...]
    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.duration) and self.duration > 0):
            raise self._fault(f"duration is {self.duration} s", "give the seconds of speech")
        for span in self.spans:
            # Written so that NaN fails.
            if not 0 <= span.start < span.end <= self.duration + _ROUNDING:
                bounds = f"0 <= start < end <= {self.duration:g}"
                raise self._fault(f"span {span.start:g}–{span.end:g} s breaks {bounds}", "correct its times")
        for left, right in pairwise(self.spans):
            if right.start < left.start:
                order = f"span at {right.start:g} s stands after that at {left.start:g} s"
                raise self._fault(order, "sort spans by start")

    def _fault(self, what: str, remedy: str) -> SegmentationError:
        return SegmentationError(what, where=self.id, remedy=remedy)


def tile(boundaries: Sequence[float]) -> tuple[Span, ...]:
    """The spans between neighbouring boundaries (seconds, ascending, both edges among them)."""
    return tuple(Span(start, end) for start, end in pairwise(map(float, boundaries)))


def write_segmentations(path: str | Path, segmentations: Iterable[Segmentation]) -> None:
    """Write one utterance a line, atomically."""
    lines = (json.dumps(to_json(item), ensure_ascii=False) + "\n" for item in segmentations)
    write_text(Path(path), "".join(lines))


def read_segmentations(path: str | Path) -> list[Segmentation]:
    """Read what `write_segmentations` wrote; empty lines are passed over.

    Raises:
        SegmentationError: naming the file and line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SegmentationError(f"cannot be read: {error}", where=path, remedy="check the path") from error
    return [from_json(line, f"{path}:{n}") for n, line in enumerate(lines, start=1) if line.strip()]


def to_json(segmentation: Segmentation) -> dict[str, Any]:
    """The JSON object of one utterance: `{id, duration, words: [{start, end}], method, settings}`."""
    return {
        "id": segmentation.id,
        "duration": segmentation.duration,
        "words": [_span_json(span) for span in segmentation.spans],
        "method": segmentation.method,
        "settings": dict(segmentation.settings),
    }


def from_json(line: str, where: str) -> Segmentation:
    """Read one line; where it gives no duration, the end of the last word stands for it."""
    try:
        row = json.loads(line)
        spans = tuple(Span(float(w["start"]), float(w["end"]), w.get("score")) for w in row["words"])
        duration = row["duration"] if "duration" in row else max(span.end for span in spans)
        return Segmentation(
            row["id"], float(duration), spans, row.get("method", "unknown"), row.get("settings", {})
        )
    except SegmentationError as error:
        raise SegmentationError(f"{error.where}: {error.what}", where=where, remedy=error.remedy) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fault = f"no segmentation: {type(error).__name__}: {error}"
        raise SegmentationError(fault, where=where, remedy='write {"id", "duration", "words"}') from error


def _span_json(span: Span) -> dict[str, float]:
    times = {"start": span.start, "end": span.end}
    return times if span.score is None else {**times, "score": span.score}
