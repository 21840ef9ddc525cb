"""A segmenter that looks its answers up: segmentations of another run as candidates, or from a file."""

from collections.abc import Iterable, Sequence

from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames, Speech


class Given:
    """Answers with segmentations that are there already, by the utterance's id.

    Args:
        segmentations: one an utterance.
    """

    def __init__(self, segmentations: Iterable[Segmentation]) -> None:
        self._by_id = {segmentation.id: segmentation for segmentation in segmentations}

    def segment(self, utterances: Sequence[Speech] | Sequence[Frames]) -> list[Segmentation]:
        """The segmentations of these utterances, in their order.

        Raises:
            SegmentationError: naming an utterance that has none.
        """
        for utterance in utterances:
            if utterance.id not in self._by_id:
                fault = f"is not among the {len(self._by_id)} segmentations given"
                raise SegmentationError(fault, where=utterance.id, remedy="segment it first")
        return [self._by_id[utterance.id] for utterance in utterances]
