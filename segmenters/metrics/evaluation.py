"""All scores of a segmentation at once, those of this package or those of a published protocol."""

from collections.abc import Sequence
from dataclasses import dataclass

from segmenters.alignments.alignment import Alignment
from segmenters.alignments.labelling import is_labelled
from segmenters.errors import SegmentationError
from segmenters.metrics.area import AreaScores, area_scores
from segmenters.metrics.boundaries import BoundaryScores, boundary_scores
from segmenters.metrics.buckeye import BuckeyeScores, buckeye_scores
from segmenters.metrics.clusters import ClusterScores, cluster_scores
from segmenters.metrics.detection import DetectionScores, detection_scores
from segmenters.metrics.spokencoco import SpokenCocoScores, spokencoco_scores
from segmenters.metrics.tokens import TokenScores, token_scores

# Protocols that score here; ZeroSpeech's scores with a tool of its own.
PROTOCOLS = ("spokencoco", "buckeye")


@dataclass(frozen=True, slots=True)
class SegmentScores:
    """This package's own scores; the last two are None unless both sides have labels."""

    boundaries: BoundaryScores
    tokens: TokenScores
    area: AreaScores
    detection: DetectionScores | None
    clusters: ClusterScores | None


def segment_scores(
    gold: Sequence[Alignment], hyp: Sequence[Alignment], tolerance: float = 0.02
) -> SegmentScores:
    """Compare segments with the words of the same utterances, in whatever order.

    Args:
        gold: words.
        hyp: segments, their labels in place of words.
        tolerance: seconds that an edge may be off.

    Raises:
        SegmentationError: the utterances differ, one comes twice, or gold has no boundary.
    """
    true, found = ([item.segmentation() for item in side] for side in (gold, hyp))
    both_labelled = is_labelled(gold) and is_labelled(hyp)
    return SegmentScores(
        boundaries=boundary_scores(true, found, tolerance),
        tokens=token_scores(true, found, tolerance),
        area=area_scores(true, found),
        detection=detection_scores(gold, hyp) if both_labelled else None,
        clusters=cluster_scores(gold, hyp) if both_labelled else None,
    )


def evaluate(
    gold: Sequence[Alignment], hyp: Sequence[Alignment], tolerance: float, protocol: str | None = None
) -> SegmentScores | SpokenCocoScores | BuckeyeScores:
    """The scores of one of `PROTOCOLS`, or this package's own if None.

    Raises:
        SegmentationError: there is no such protocol, or the two sides cannot be compared.
    """
    match protocol:
        case None:
            return segment_scores(gold, hyp, tolerance)
        case "spokencoco":
            return spokencoco_scores(gold, hyp, tolerance)
        case "buckeye":
            return buckeye_scores(gold, hyp, tolerance)
    known = ", ".join(PROTOCOLS)
    raise SegmentationError(f"there is no protocol {protocol!r}", remedy=f"choose from {known}")
