"""Spans and words as arrays of their edges."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from segmenters.alignments.alignment import AlignedWord, Alignment
from segmenters.segmentation import Segmentation, Span

Edges = npt.NDArray[np.float64]


def span_edges(segmentation: Segmentation) -> Edges:
    """Start and end of each span in seconds: [n, 2]."""
    return _edges(segmentation.spans)


def word_edges(alignment: Alignment) -> Edges:
    """Start and end of each word in seconds: [n, 2]."""
    return _edges(alignment.words)


def _edges(items: Iterable[Span | AlignedWord]) -> Edges:
    return np.array([(item.start, item.end) for item in items], dtype=np.float64).reshape(-1, 2)
