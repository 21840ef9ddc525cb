"""The protocol of the VG-HuBERT papers on SpokenCOCO: `unit_analysis.py` of jasonppy/word-discovery.

Its figures differ from this package's own scores where the published code has ways of its own:

- Found boundaries are the midpoints between neighbouring segments; the true ones are all starts and ends of
  the words, noise and unknown words included, less the first and the last. Distances are compared as floats,
  without allowance for rounding: at exactly the tolerance, the last binary digit decides.
- A segment belongs to every word that its centre *frame* overlaps, perhaps to two, and each of them counts as
  covered; but it enters IoU and centre distance only where its centre itself lies in the word and it does not
  overrun the word on both sides.
- Noise and unknown words are left out of areas and word detection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segmenters.alignments.alignment import Alignment
from segmenters.alignments.labelling import is_labelled
from segmenters.errors import SegmentationError
from segmenters.metrics.area import AreaScores, area_figures
from segmenters.metrics.boundaries import BoundaryScores, boundary_figures, matches
from segmenters.metrics.detection import DetectionScores, detection_figures
from segmenters.metrics.pairing import paired
from segmenters.metrics.spans import Edges, word_edges

NO_WORDS = frozenset({"<SPOKEN_NOISE>", "<UNK>"})


@dataclass(frozen=True, slots=True)
class SpokenCocoScores:
    """What the published script prints; `detection` is None where segments have no labels."""

    boundaries: BoundaryScores
    area: AreaScores
    detection: DetectionScores | None


def spokencoco_scores(
    gold: Sequence[Alignment],
    hyp: Sequence[Alignment],
    tolerance: float = 0.02,
    hop: float | Mapping[str, float] = 0.02,
) -> SpokenCocoScores:
    """Compare labelled segments with the words of the same utterances, in whatever order.

    Args:
        gold: words, read with `Labels(keep_unknown=True)`.
        hyp: segments as the attention gives them, gaps included, their labels in place of words.
        tolerance: seconds that a boundary may be off.
        hop: seconds a frame, of all utterances or of each; the published code divides each utterance's
            duration by the number of its frames.

    Raises:
        SegmentationError: the utterances differ, one comes twice, or gold has no boundary or no word.
    """
    pairs = paired(gold, hyp)
    belonging = [
        _Belonging(true, found, hop[true.id] if isinstance(hop, Mapping) else hop) for true, found in pairs
    ]
    heard = [item for one in belonging for item in one.heard()]
    if not heard:
        raise SegmentationError("gold has no word", remedy="check the alignments")
    covered = sum(bool(labels) for _, labels in heard) / len(heard)
    words, segments = (np.concatenate(side) for side in zip(*(one.areas() for one in belonging), strict=True))
    return SpokenCocoScores(
        boundaries=_boundary_scores(pairs, tolerance),
        area=area_figures(words, segments, covered),
        detection=detection_figures(heard) if is_labelled(hyp) else None,
    )


class _Belonging:
    """Which segments of an utterance belong to which of its words."""

    def __init__(self, true: Alignment, found: Alignment, hop: float) -> None:
        kept = [i for i, word in enumerate(true.words) if word.word not in NO_WORDS]
        self.names = [true.words[i].word for i in kept]
        self.words, self.segments = word_edges(true)[kept], word_edges(found)
        self.labels = np.array(found.labels)
        # Frames first, as published: centres and word edges often coincide, and the last binary digit decides.
        frames = np.round(self.segments / hop, 6)
        centres = hop * frames.sum(axis=1) / 2
        starts = np.maximum(centres - hop / 2, self.words[:, :1])
        self.belongs = starts < np.minimum(centres + hop / 2, self.words[:, 1:])

    def heard(self) -> list[tuple[str, set[str]]]:
        """Each word with the labels of its segments."""
        rows = zip(self.names, self.belongs, strict=True)
        return [(name, set(self.labels[row].tolist())) for name, row in rows]

    def areas(self) -> tuple[Edges, Edges]:
        """[n, 2] each: words and segments that enter IoU and centre distance."""
        word, segment = np.nonzero(self.belongs)
        words, segments = self.words[word], self.segments[segment]
        before, after = words[:, 0] - segments[:, 0], segments[:, 1] - words[:, 1]
        # Of a segment that sticks out on one side, at least half lies inside.
        from_start, to_end = segments[:, 1] - words[:, 0], words[:, 1] - segments[:, 0]
        counts = ((before <= 0) | (from_start >= before)) & ((after <= 0) | (to_end >= after))
        counts &= ~((before > 0) & (after > 0))
        return words[counts], segments[counts]


def _boundary_scores(pairs: Sequence[tuple[Alignment, Alignment]], tolerance: float) -> BoundaryScores:
    true = [np.unique(word_edges(gold))[1:-1] for gold, _ in pairs]
    found = [_midpoints(word_edges(hyp)) for _, hyp in pairs]
    hits = sum(matches(*sides, tolerance) for sides in zip(true, found, strict=True))
    words = sum(len(gold.words) for gold, _ in pairs)
    rate = sum(len(hyp.words) for _, hyp in pairs) / max(words, 1)
    return boundary_figures(hits, sum(map(len, true)), sum(map(len, found)), rate)


def _midpoints(segments: Edges) -> Edges:
    """Halfway between each segment's end and the next one's start."""
    midpoints: Edges = (segments[1:, 0] + segments[:-1, 1]) / 2
    return midpoints
