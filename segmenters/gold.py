"""The words' own times as a segmentation."""

from collections.abc import Iterable
from typing import Protocol

from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation, Span


class TimedWord(Protocol):
    """Anything with times in seconds."""

    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...


def gold(id: str, duration: float, words: Iterable[TimedWord]) -> Segmentation:
    """One span a word, in order; silences stay gaps.

    Args:
        id: the utterance.
        duration: its length in seconds.
        words: the words of an alignment, in order.

    Raises:
        SegmentationError: there is no word, or its times are not within the utterance.
    """
    spans = tuple(Span(word.start, min(word.end, duration)) for word in words)
    if not spans:
        raise SegmentationError("has no word times", where=id, remedy="align it, or use another segmenter")
    return Segmentation(id, duration, spans, "gold")
