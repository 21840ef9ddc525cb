"""Many utterances at once, of which a bad one does not lose the others."""

from collections.abc import Sequence

from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation
from segmenters.speech import Segmenter, Speech


def segment_each(
    segmenter: Segmenter, utterances: Sequence[Speech]
) -> list[Segmentation | SegmentationError]:
    """The segmentation of each utterance, in their order, or why there is none.

    A batch that fails is halved until the utterances that cannot be cut stand alone.
    """
    if not utterances:
        return []
    try:
        return [*segmenter.segment(utterances)]
    except SegmentationError as error:
        if len(utterances) == 1:
            return [error]
    middle = len(utterances) // 2
    return [*segment_each(segmenter, utterances[:middle]), *segment_each(segmenter, utterances[middle:])]
