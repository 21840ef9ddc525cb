"""Which words have a label of their own: labels as word detectors (Peng & Harwath 2022).

A label is heard in a word if a segment with it belongs to the word. It detects the word with recall (share of
the word's occurrences in which it is heard) and precision (share of all the occurrences in which it is heard
that are of the word).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from segmenters.alignments.alignment import Alignment
from segmenters.metrics.area import holds_centre
from segmenters.metrics.pairing import paired
from segmenters.metrics.spans import word_edges


@dataclass(frozen=True, slots=True)
class Detector:
    """A word and the label that detects it best; scores in percent."""

    word: str
    label: str
    f1: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class DetectionScores:
    """Word detection over a corpus.

    Attributes:
        detected: word types whose best detector has F1 of at least the threshold.
        types: all word types.
        mean_f1: mean F1 in percent of the best detectors of the 250 word types that are detected best.
        purity: share in percent of the words heard with a label that are the label's most frequent one.
        detectors: the best of each word that any label is heard in, the highest F1 first.
    """

    detected: int
    types: int
    mean_f1: float
    purity: float
    detectors: tuple[Detector, ...]


def detection_scores(
    gold: Sequence[Alignment], hyp: Sequence[Alignment], threshold: float = 0.5
) -> DetectionScores:
    """Compare labelled segments with the words of the same utterances, in whatever order.

    Args:
        gold: words.
        hyp: segments, their labels in place of words.
        threshold: least F1 of a detected word, 0–1.

    Raises:
        SegmentationError: the utterances differ, or one comes twice.
    """
    heard = [item for true, found in paired(gold, hyp) for item in _heard(true, found)]
    return detection_figures(heard, threshold)


def detection_figures(heard: Iterable[tuple[str, set[str]]], threshold: float = 0.5) -> DetectionScores:
    """The scores of a corpus.

    Args:
        heard: each word with the labels heard in it.
        threshold: least F1 of a detected word, 0–1.
    """
    words, labels, both = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for word, heard_in in heard:
        words[word] += 1
        labels.update(heard_in)
        both.update((word, label) for label in heard_in)
    best: dict[str, tuple[float, Detector]] = {}
    for (word, label), count in sorted(both.items()):
        precision, recall = count / labels[label], count / words[word]
        f1 = 2 * precision * recall / (precision + recall)
        if word not in best or f1 > best[word][0]:
            best[word] = f1, Detector(word, label, 100 * f1, 100 * precision, 100 * recall)
    ranked = sorted(best.values(), key=lambda item: (-item[0], item[1].word))
    return DetectionScores(
        detected=sum(f1 >= threshold for f1, _ in ranked),
        types=len(words),
        mean_f1=100 * float(np.mean([f1 for f1, _ in ranked[:250]])) if ranked else 0.0,
        purity=_purity(both),
        detectors=tuple(detector for _, detector in ranked),
    )


def _heard(true: Alignment, found: Alignment) -> list[tuple[str, set[str]]]:
    belongs = holds_centre(word_edges(true), word_edges(found))
    labels = np.array(found.labels)
    return [(word, set(labels[row].tolist())) for word, row in zip(true.labels, belongs, strict=True)]


def _purity(both: Counter[tuple[str, str]]) -> float:
    most: dict[str, int] = {}
    for (_, label), count in both.items():
        most[label] = max(most.get(label, 0), count)
    return 100 * sum(most.values()) / both.total() if both else 0.0
