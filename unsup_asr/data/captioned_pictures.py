"""Pictures with captions, true and false, for training and checking a small CLIP."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unsup_asr.files import read_jsonl, replacing, write_jsonl


@dataclass(frozen=True)
class FalseCaption:
    """A caption that one exchanged fact makes false of the picture; `kind` names the class exchanged."""

    kind: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class TrueCaption:
    """A caption that holds of the picture, and false ones that differ in one fact each, the hardest first."""

    words: tuple[str, ...]
    false: tuple[FalseCaption, ...]


@dataclass(frozen=True)
class CaptionedPictures:
    """Pictures and their captions.

    Attributes:
        pixels: [N, H, W, 3], uint8; mapped from disk, not read.
        captions: the captions of each picture.
    """

    pixels: np.ndarray
    captions: Sequence[Sequence[TrueCaption]]

    def write(self, folder: Path) -> None:
        """Write `pixels.npy` and `captions.jsonl`, each whole or not at all."""
        with replacing(folder / "pixels.npy") as temporary, temporary.open("wb") as file:
            np.save(file, self.pixels)
        rows = [
            [{"words": c.words, "false": [[f.kind, f.words] for f in c.false]} for c in captions]
            for captions in self.captions
        ]
        write_jsonl(folder / "captions.jsonl", rows)

    @classmethod
    def read(cls, folder: Path) -> "CaptionedPictures":
        """Read what `write` wrote."""
        captions = [
            [
                TrueCaption(tuple(c["words"]), tuple(FalseCaption(k, tuple(w)) for k, w in c["false"]))
                for c in row
            ]
            for row in read_jsonl(folder / "captions.jsonl")
        ]
        return cls(np.load(folder / "pixels.npy", mmap_mode="r"), captions)
