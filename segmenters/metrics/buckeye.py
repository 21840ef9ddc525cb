"""Herman Kamper's protocol on Buckeye: `eval_segmentation.py` of kamperh/vqwordseg, also used for VG-HuBERT.

Its figures differ from this package's own scores where the published code has ways of its own:

- Time is counted in frames of 10 ms, and only the ends of spans count: a word begins where the one before
  ends, so silence belongs to the word after it.
- The last found boundary never counts. True boundaries at or beyond it do not either, but if the truth ends
  earlier than what was found, its last boundary counts.
- For tokens the truth is cut at the last found boundary, which becomes the end of its last word.
- A segment that overlaps no word takes the utterance's first word for purity.

The published code gives −∞ for F1 and over-segmentation where nothing is hit, and fails on an utterance in
which nothing was found; here the former follow from the counts, and the latter counts as one segment.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmenters.alignments.alignment import Alignment
from segmenters.alignments.labelling import is_labelled
from segmenters.metrics.boundaries import BoundaryScores, boundary_figures, matches
from segmenters.metrics.clusters import ClusterScores, cluster_figures, longest_overlap
from segmenters.metrics.pairing import paired
from segmenters.metrics.spans import word_edges
from segmenters.metrics.tokens import TokenScores, token_figures, whole_matches

FRAMES_PER_SECOND = 100

Frames = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BuckeyeScores:
    """What the published script prints, but for its word error rates; `clusters` is None without labels."""

    boundaries: BoundaryScores
    tokens: TokenScores
    clusters: ClusterScores | None


def buckeye_scores(
    gold: Sequence[Alignment], hyp: Sequence[Alignment], tolerance: float = 0.02
) -> BuckeyeScores:
    """Compare labelled segments with the words of the same utterances, in whatever order.

    Args:
        gold: words; none of the utterances is without.
        hyp: segments, their labels in place of words.
        tolerance: seconds that an edge may be off, rounded to frames.

    Raises:
        SegmentationError: the utterances differ, one comes twice, or gold has no boundary.
    """
    pairs = paired(gold, hyp)
    frames = [(_frames(true), _frames(found)) for true, found in pairs]
    reach = round(tolerance * FRAMES_PER_SECOND)
    rate = sum(len(found) for _, found in frames) / max(sum(len(true) for true, _ in frames), 1)
    ends = [_ends(true, found) for true, found in frames]
    clusters = _clusters(pairs, frames) if is_labelled(hyp) else None
    return BuckeyeScores(_boundaries(ends, reach, rate), _tokens(ends, reach), clusters)


def _ends(true: Frames, found: Frames) -> tuple[Frames, Frames]:
    words = np.unique(true[:, 1])
    return words, np.unique(found[:, 1]) if len(found) else words[-1:]


def _boundaries(ends: Sequence[tuple[Frames, Frames]], reach: int, rate: float) -> BoundaryScores:
    inner = [(true[true < found[-1]], found[:-1]) for true, found in ends]
    hits = sum(matches(*sides, reach) for sides in inner)
    n_gold, n_hyp = (sum(len(sides[k]) for sides in inner) for k in (0, 1))
    return boundary_figures(hits, n_gold, n_hyp, rate)


def _tokens(ends: Sequence[tuple[Frames, Frames]], reach: int) -> TokenScores:
    cut = [(np.unique(np.minimum(true, found[-1])), found) for true, found in ends]
    words = [(_tiles(true), _tiles(found)) for true, found in cut]
    hits = sum(whole_matches(*sides, reach) for sides in words)
    return token_figures(hits, sum(len(true) for true, _ in words), sum(len(found) for _, found in words))


def _clusters(
    pairs: Sequence[tuple[Alignment, Alignment]], frames: Sequence[tuple[Frames, Frames]]
) -> ClusterScores:
    words, labels = list[str](), list[str]()
    for (true, found), sides in zip(pairs, frames, strict=True):
        words += [true.words[max(i, 0)].word for i in longest_overlap(*sides).tolist()]
        labels += found.labels
    return cluster_figures(words, labels)


def _tiles(ends: Frames) -> Frames:
    """[n, 2]: spans that begin where the one before ends."""
    return np.stack([np.append(0, ends[:-1]), ends], axis=1)


def _frames(alignment: Alignment) -> Frames:
    """Start and end of each word, [n, 2]."""
    frames: Frames = np.round(word_edges(alignment) * FRAMES_PER_SECOND).astype(np.int64)
    return frames
