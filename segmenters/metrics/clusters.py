"""How pure the labels of segments are: each segment against the word that it overlaps longest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmenters.alignments.alignment import Alignment
from segmenters.errors import SegmentationError
from segmenters.metrics.pairing import paired
from segmenters.metrics.spans import word_edges

# What a segment is that overlaps no word.
_SILENCE = ""


@dataclass(frozen=True, slots=True)
class ClusterScores:
    """Scores over a whole corpus in percent.

    Attributes:
        purity: share of the segments whose word is the most frequent one of their label.
        homogeneity: 100 where each label holds but one word (Rosenberg & Hirschberg 2007).
        completeness: 100 where each word has but one label.
        v_measure: their harmonic mean.
        labels: how many different labels there are.
    """

    purity: float
    homogeneity: float
    completeness: float
    v_measure: float
    labels: int


def cluster_scores(gold: Sequence[Alignment], hyp: Sequence[Alignment]) -> ClusterScores:
    """Compare labelled segments with the words of the same utterances, in whatever order.

    A segment that overlaps no word counts as silence, one more word type.

    Args:
        gold: words.
        hyp: segments, their labels in place of words.

    Raises:
        SegmentationError: the utterances differ, one comes twice, or there is no segment.
    """
    words, labels = list[str](), list[str]()
    for true, found in paired(gold, hyp):
        longest = longest_overlap(word_edges(true), word_edges(found))
        words += [true.words[i].word if i >= 0 else _SILENCE for i in longest.tolist()]
        labels += found.labels
    return cluster_figures(words, labels)


def longest_overlap(words: npt.NDArray, segments: npt.NDArray) -> npt.NDArray[np.int64]:
    """For each segment the word that it overlaps longest, the first of equals; -1 where it overlaps none.

    Args:
        words, segments: starts and ends, [n, 2] and [m, 2].
    """
    if not len(words):
        return np.full(len(segments), -1)
    starts = np.maximum(words[:, :1], segments[:, 0])
    overlap = np.minimum(words[:, 1:], segments[:, 1]) - starts
    return np.where(overlap.max(axis=0) > 0, overlap.argmax(axis=0), -1)


def cluster_figures(words: Sequence[str], labels: Sequence[str]) -> ClusterScores:
    """The scores of segments from their words and labels.

    Raises:
        SegmentationError: there is no segment.
    """
    from sklearn.metrics import homogeneity_completeness_v_measure
    from sklearn.metrics.cluster import contingency_matrix

    if not labels:
        raise SegmentationError("there is no segment to score", remedy="check the hypothesis")
    table = contingency_matrix(words, labels, sparse=True).tocsc()  # words in rows, labels in columns
    purity = 100 * float(table.max(axis=0).sum()) / len(labels)
    homogeneity, completeness, v = homogeneity_completeness_v_measure(words, labels)
    return ClusterScores(purity, 100 * homogeneity, 100 * completeness, 100 * v, table.shape[1])
