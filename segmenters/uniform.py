"""Words of equal length: what knowing the speaking rate alone is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation, tile
from segmenters.speech import Speech


@dataclass(frozen=True, slots=True)
class UniformSegmenter:
    """`uniform` as a `Segmenter`.

    Attributes:
        words_per_second: the rate.
    """

    words_per_second: float

    def segment(self, utterances: Sequence[Speech]) -> list[Segmentation]:
        """One segmentation an utterance, in their order."""
        return [uniform(speech.id, speech.duration, self.words_per_second) for speech in utterances]


def uniform(id: str, duration: float, words_per_second: float) -> Segmentation:
    """Tile the utterance with spans of equal length, as many as the rate gives (at least one).

    Args:
        id: the utterance.
        duration: its length in seconds.
        words_per_second: the rate; take it from statistics, never from the utterance's own transcript.
    """
    if not words_per_second > 0:
        raise SegmentationError(f"words_per_second is {words_per_second}", remedy="give a rate above 0")
    boundaries = np.linspace(0.0, duration, max(1, round(duration * words_per_second)) + 1)
    settings = {"words_per_second": words_per_second}
    return Segmentation(id, duration, tile(boundaries.tolist()), "uniform", settings)
