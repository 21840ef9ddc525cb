"""Segmenters by name, as recipes and the command line know them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmenters.energy import EnergyConfig, energy
from segmenters.gold import TimedWord, gold
from segmenters.segmentation import Segmentation
from segmenters.uniform import uniform
from unsup_asr.errors import UsageError

METHODS = ("gold", "energy", "uniform")


def segment(
    method: str,
    id: str,
    samples: NDArray[np.float32],
    rate: int,
    words: Sequence[TimedWord],
    words_per_second: float,
) -> Segmentation:
    """Cut one utterance into words.

    Args:
        method: one of `METHODS`.
        id: the utterance.
        samples: [n].
        rate: samples per second.
        words: the words with their times; only `gold` looks at them.
        words_per_second: for methods that need a rate; unpaired captions and durations give one without labels.

    Raises:
        UsageError: there is no such method.
        SegmentationError: the method cannot cut this utterance.
    """
    duration = len(samples) / rate
    match method:
        case "gold":
            return gold(id, duration, words)
        case "energy":
            return energy(id, samples, rate, EnergyConfig(words_per_second))
        case "uniform":
            return uniform(id, duration, words_per_second)
    raise UsageError(
        f"there is no segmenter {method!r}", where="segmenter", remedy=f"choose from {', '.join(METHODS)}"
    )
