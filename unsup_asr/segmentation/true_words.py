"""The true word times as a segmenter."""

from collections.abc import Mapping, Sequence

from segmenters.gold import TimedWord, gold
from segmenters.segmentation import Segmentation
from segmenters.speech import Speech


class TrueWords:
    """Cuts every utterance where its words are known to lie.

    Args:
        words: of each utterance, by its id.
    """

    def __init__(self, words: Mapping[str, Sequence[TimedWord]]) -> None:
        self._words = words

    def segment(self, utterances: Sequence[Speech]) -> list[Segmentation]:
        """One segmentation an utterance, in their order.

        Raises:
            SegmentationError: naming an utterance whose words are not known, or lie outside it.
        """
        return [gold(speech.id, speech.duration, self._words.get(speech.id, ())) for speech in utterances]
