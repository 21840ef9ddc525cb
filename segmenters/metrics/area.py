"""How well found segments cover the words they belong to (Peng & Harwath 2022).

A segment belongs to the word that its centre lies in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmenters.errors import SegmentationError
from segmenters.metrics.pairing import paired
from segmenters.metrics.spans import Edges, span_edges
from segmenters.segmentation import Segmentation


@dataclass(frozen=True, slots=True)
class AreaScores:
    """Scores over a whole corpus, in percent but the last.

    Attributes:
        iou: mean intersection over union of segments and the words they belong to.
        word_coverage: share of the words that have a segment.
        a_score: harmonic mean of the two.
        centre_distance: mean seconds between the centres of segments and their words; None without any pair.
    """

    iou: float
    word_coverage: float
    a_score: float
    centre_distance: float | None


def area_scores(gold: Sequence[Segmentation], hyp: Sequence[Segmentation]) -> AreaScores:
    """Compare segmentations of the same utterances, in whatever order.

    Raises:
        SegmentationError: the utterances differ, one comes twice, or gold has no word.
    """
    words, segments, covered, n_words = list[Edges](), list[Edges](), 0, 0
    for true, found in paired(gold, hyp):
        edges, cuts = span_edges(true), span_edges(found)
        word, segment = np.nonzero(holds_centre(edges, cuts))
        words.append(edges[word])
        segments.append(cuts[segment])
        covered += len(np.unique(word))
        n_words += len(edges)
    if n_words == 0:
        raise SegmentationError("gold has no word", remedy="check the alignments")
    return area_figures(np.concatenate(words), np.concatenate(segments), covered / n_words)


def holds_centre(words: Edges, segments: Edges) -> npt.NDArray[np.bool_]:
    """[words, segments]: whether the word holds the centre of the segment."""
    centres = segments.mean(axis=1)
    held: npt.NDArray[np.bool_] = (words[:, :1] <= centres) & (centres < words[:, 1:])
    return held


def area_figures(words: Edges, segments: Edges, coverage: float) -> AreaScores:
    """The scores of a corpus.

    Args:
        words, segments: [n, 2], the edges of words and segments that belong together, row for row.
        coverage: share of all words that have a segment, 0–1.
    """
    if not len(words):
        return AreaScores(0.0, 100 * coverage, 0.0, None)
    shared = np.minimum(words[:, 1], segments[:, 1]) - np.maximum(words[:, 0], segments[:, 0])
    joint = np.maximum(words[:, 1], segments[:, 1]) - np.minimum(words[:, 0], segments[:, 0])
    iou = float((shared / joint).mean())
    distance = float(np.abs(words.mean(axis=1) - segments.mean(axis=1)).mean())
    return AreaScores(100 * iou, 100 * coverage, 200 * iou * coverage / (iou + coverage), distance)
