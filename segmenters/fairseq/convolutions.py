"""fairseq's notation for the convolutions of a speech encoder: `[(512, 10, 5)] + [(512, 3, 2)] * 4`."""

import re
from dataclasses import dataclass

from segmenters.errors import SegmentationError

# Those of every HuBERT, wav2vec 2.0 and data2vec-audio that was published.
KERNELS, STRIDES = (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2)

_NUMBERS = r"\((\d{1,6}),(\d{1,6}),(\d{1,6})\)"
_TERM = re.compile(r"\[((?:\(\d{1,6},\d{1,6},\d{1,6}\),?)*)\](?:\*(\d{1,2}))?")


@dataclass(frozen=True)
class Convolution:
    """One convolution over time.

    Attributes:
        channels: that come out.
        kernel: its width, in the samples or frames that go in.
        stride: its step, in the same.
    """

    channels: int
    kernel: int
    stride: int


def read_convolutions(notation: str) -> list[Convolution]:
    """Read a sum of lists of (channels, kernel, stride), each perhaps times a number.

    fairseq runs it as Python; published models need no more of Python than this.

    Raises:
        SegmentationError: it is something else.
    """
    convolutions = []
    for term in "".join(notation.split()).split("+"):
        found = _TERM.fullmatch(term)
        if found is None:
            fault = f"conv_feature_layers {notation[:80]!r} is no sum of lists of (channels, kernel, stride)"
            raise SegmentationError(fault, remedy="give the settings that the model was trained with")
        triples, times = found.groups(default="1")
        listed = [Convolution(*map(int, triple)) for triple in re.findall(_NUMBERS, triples)]
        convolutions += listed * int(times)
    return convolutions
