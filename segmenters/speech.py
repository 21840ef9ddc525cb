"""What segmenters take and what they are: waveforms or frames in, word spans out, many utterances at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

from segmenters.segmentation import Segmentation


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """The waveform of an utterance.

    Attributes:
        id: the utterance.
        samples: [n], mono, full scale ±1.
        rate: samples per second.
    """

    id: str
    samples: npt.NDArray[np.float32]
    rate: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.rate


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What a speech encoder makes of an utterance.

    Attributes:
        id: the utterance.
        values: [T, D], a frame a row.
        hop: seconds between frames; frame t stands for [t · hop, (t + 1) · hop).
        duration: seconds of speech.
    """

    id: str
    values: Tensor
    hop: float
    duration: float


class Segmenter(Protocol):
    """Finds words in waveforms."""

    def segment(self, utterances: Sequence[Speech]) -> list[Segmentation]:
        """One segmentation an utterance, in their order.

        Raises:
            SegmentationError: naming the utterance that cannot be cut.
        """
        ...


class FrameSegmenter(Protocol):
    """Finds words in the frames of a speech encoder."""

    def segment(self, utterances: Sequence[Frames]) -> list[Segmentation]:
        """One segmentation an utterance, in their order.

        Raises:
            SegmentationError: naming the utterance that cannot be cut.
        """
        ...
