"""Utterances as a recogniser hears them, and what it reads in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from segmenters.segmentation import Segmentation, Span
from segmenters.speech import Frames

METHOD = "recognised"


@dataclass(frozen=True)
class Heard:
    """An utterance that words are to be found in.

    Attributes:
        frames: what the speech encoder makes of it.
        boundaries: [n], the candidates, in seconds, from 0 to the duration.
    """

    frames: Frames
    boundaries: npt.NDArray[np.float64]

    def cut(self, spans: Tensor, settings: Mapping[str, Any]) -> Segmentation:
        """Its segmentation into spans [n, 2] in seconds; there may be none."""
        words = tuple(Span(start, end) for start, end in spans.tolist())
        return Segmentation(self.frames.id, self.frames.duration, words, METHOD, settings)

    def pieces(self, seconds: float, stride: int) -> "list[Piece]":
        """The utterance, or pieces of it that are about so long, cut at candidate boundaries.

        Args:
            seconds: how long a piece is, give or take a stretch between candidates.
            stride: pieces begin at multiples of so many frames.
        """
        frames, wanted = self.frames, np.arange(seconds, self.frames.duration - seconds / 2, seconds)
        nearest = np.abs(self.boundaries[:, None] - wanted).argmin(axis=0)
        step = stride * frames.hop
        firsts = np.unique(np.round(self.boundaries[nearest] / step).astype(np.int64)) * stride
        firsts = firsts[(firsts > 0) & (firsts < len(frames.values))]
        begins = [0, *firsts.tolist()]
        return [self._piece(*pair) for pair in pairwise([*begins, len(frames.values)])]

    def _piece(self, begin: int, end: int) -> "Piece":
        """Frames `begin` to `end`, with the candidates between them."""
        frames = self.frames
        whole = end == len(frames.values)
        start, stop = begin * frames.hop, frames.duration if whole else end * frames.hop
        inside = self.boundaries[(self.boundaries > start) & (self.boundaries < stop)]
        values = Frames(frames.id, frames.values[begin:end], frames.hop, stop - start)
        return Piece(start, Heard(values, np.concatenate([[start], inside, [stop]]) - start))


@dataclass(frozen=True)
class Piece:
    """Part of an utterance, and the seconds before it."""

    start: float
    heard: Heard


@dataclass(frozen=True)
class Reading:
    """What was recognised in an utterance: spans [n, 2] in seconds, and their entries [n], none of them null."""

    spans: Tensor
    entries: Tensor

    @classmethod
    def joined(cls, pieces: Sequence[Piece], readings: "Sequence[Reading]") -> "Reading":
        """The reading of an utterance from those of its pieces."""
        spans = [reading.spans + piece.start for piece, reading in zip(pieces, readings, strict=True)]
        return cls(torch.cat(spans), torch.cat([reading.entries for reading in readings]))
