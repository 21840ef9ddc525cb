"""How many words were found whole: with both edges in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from segmenters.errors import SegmentationError
from segmenters.metrics.boundaries import MICROSECOND
from segmenters.metrics.pairing import paired
from segmenters.metrics.spans import span_edges
from segmenters.segmentation import Segmentation


@dataclass(frozen=True, slots=True)
class TokenScores:
    """Scores over a whole corpus in percent.

    Attributes:
        precision: share of the found segments that are a word.
        recall: share of the words that were found.
        f1: their harmonic mean.
    """

    precision: float
    recall: float
    f1: float


def token_scores(
    gold: Sequence[Segmentation], hyp: Sequence[Segmentation], tolerance: float = 0.02
) -> TokenScores:
    """Compare segmentations of the same utterances, in whatever order; utterance edges count as any other.

    Args:
        gold: the true segmentations.
        hyp: the found ones.
        tolerance: seconds that each edge may be off.

    Raises:
        SegmentationError: the utterances differ, one comes twice, or gold has no word.
    """
    edges = [(span_edges(true), span_edges(found)) for true, found in paired(gold, hyp)]
    hits = sum(whole_matches(true, found, tolerance + MICROSECOND) for true, found in edges)
    return token_figures(hits, sum(len(true) for true, _ in edges), sum(len(found) for _, found in edges))


def whole_matches(gold: npt.NDArray[Any], hyp: npt.NDArray[Any], reach: float) -> int:
    """How many spans pair up one to one, both edges within reach.

    From left to right; of two spans that do not match, one can match nothing further on and is passed over.
    Where neither starts nor ends go back, no pairing surpasses this one.

    Args:
        gold, hyp: [n, 2] and [m, 2], starts and ends, in order.
        reach: how far apart two edges may be, at most.
    """
    true, found = gold.tolist(), hyp.tolist()
    hits = i = j = 0
    while i < len(true) and j < len(found):
        start, end = found[j][0] - true[i][0], found[j][1] - true[i][1]
        if abs(start) <= reach and abs(end) <= reach:
            hits, i, j = hits + 1, i + 1, j + 1
        elif start > reach or end > reach:
            i += 1
        else:
            j += 1
    return hits


def token_figures(hits: int, n_gold: int, n_hyp: int) -> TokenScores:
    """The scores of a corpus from its counts.

    Raises:
        SegmentationError: there is no true word.
    """
    if n_gold == 0:
        raise SegmentationError("gold has no word", remedy="check the alignments")
    precision = 100 * hits / n_hyp if n_hyp else 0.0
    return TokenScores(precision, 100 * hits / n_gold, 200 * hits / (n_gold + n_hyp))
