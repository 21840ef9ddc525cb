"""How well found word boundaries meet the true ones.

Matching and R-value as in the word discovery literature (Räsänen et al. 2009; Peng & Harwath 2022).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from segmenters.errors import SegmentationError
from segmenters.metrics.pairing import paired
from segmenters.segmentation import Segmentation

# Times differ in their last binary digit after a round trip through text.
_MICROSECOND_DIGITS = 6
MICROSECOND = 10**-_MICROSECOND_DIGITS


@dataclass(frozen=True, slots=True)
class BoundaryScores:
    """Scores over a whole corpus, all in percent but the last.

    Attributes:
        precision: share of the found boundaries that meet a true one.
        recall: share of the true boundaries that are met.
        f1: their harmonic mean.
        over_segmentation: how many more boundaries were found than there are (negative: fewer).
        r_value: 100 for perfect boundaries; other than F1 it punishes over-segmentation.
        segments_per_word: found segments for each true word.
    """

    precision: float
    recall: float
    f1: float
    over_segmentation: float
    r_value: float
    segments_per_word: float


def boundary_scores(
    gold: Sequence[Segmentation], hyp: Sequence[Segmentation], tolerance: float = 0.02
) -> BoundaryScores:
    """Compare segmentations of the same utterances, in whatever order.

    An utterance's boundaries are the distinct starts and ends of its spans, less the first and the last.

    Args:
        gold: the true segmentations.
        hyp: the found ones.
        tolerance: seconds that a boundary may be off.

    Raises:
        SegmentationError: the utterances differ, one comes twice, or gold has no boundary to find.
    """
    pairs = paired(gold, hyp)
    inner = [(inner_boundaries(true), inner_boundaries(found)) for true, found in pairs]
    hits = sum(matches(true, found, tolerance + MICROSECOND) for true, found in inner)
    n_gold, n_hyp = (sum(len(boundaries[side]) for boundaries in inner) for side in (0, 1))
    words = sum(len(true.spans) for true, _ in pairs)
    segments = sum(len(found.spans) for _, found in pairs)
    return boundary_figures(hits, n_gold, n_hyp, segments / max(words, 1))


def inner_boundaries(segmentation: Segmentation) -> npt.NDArray[np.float64]:
    """Distinct starts and ends of the spans in seconds, ascending, less the first and the last: [n]."""
    times = [time for span in segmentation.spans for time in (span.start, span.end)]
    distinct = sorted({round(time, _MICROSECOND_DIGITS) for time in times})
    return np.array(distinct[1:-1], dtype=np.float64)


def matches(gold: npt.NDArray[Any], hyp: npt.NDArray[Any], reach: float) -> int:
    """How many boundaries pair up one to one; greedily from left to right, which no pairing surpasses.

    Args:
        gold, hyp: boundaries, ascending.
        reach: how far apart two may be, at most.
    """
    # Python's own floats: they are compared several times faster than numpy's.
    true, found = gold.tolist(), hyp.tolist()
    hits = i = j = 0
    while i < len(true) and j < len(found):
        if abs(true[i] - found[j]) <= reach:
            hits, i, j = hits + 1, i + 1, j + 1
        elif true[i] < found[j]:
            i += 1
        else:
            j += 1
    return hits


def boundary_figures(hits: int, n_gold: int, n_hyp: int, segments_per_word: float) -> BoundaryScores:
    """The scores of a corpus from its counts.

    Raises:
        SegmentationError: there is no true boundary.
    """
    if n_gold == 0:
        raise SegmentationError("gold has no boundary inside an utterance", remedy="give longer utterances")
    recall = hits / n_gold
    over = n_hyp / n_gold - 1  # recall / precision - 1, defined without a hit, too
    r1 = math.hypot(1 - recall, over)
    r2 = (-over + recall - 1) / math.sqrt(2)
    return BoundaryScores(
        precision=100 * hits / n_hyp if n_hyp else 0.0,
        recall=100 * recall,
        f1=200 * hits / (n_gold + n_hyp),
        over_segmentation=100 * over,
        r_value=100 * (1 - (abs(r1) + abs(r2)) / 2),
        segments_per_word=segments_per_word,
    )
