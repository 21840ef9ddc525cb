"""Frames of speech as wav2vec-U reads them.

    SPLIT.npy       frames of all utterances, one after the other, float32 [N, D]
    SPLIT.lengths   frames of each, a number a line

and the `lists` of the utterances in the same order.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from unsup_asr.corpora.wav2vec_u.lists import (
    ANEW,
    Spoken,
    numbered,
    read_lists,
    whole_number,
    write_lines,
    write_lists,
)
from unsup_asr.errors import InputError
from unsup_asr.files import replacing

# wav2vec-U passes over shorter ones without a word, and lists would no longer agree.
SHORTEST = 3


@dataclass(frozen=True)
class FeatureSplit:
    """A split.

    Attributes:
        frames: of all utterances, float32 [N, D], mapped from the file.
        lengths: frames of each utterance, [n].
        utterances: in the same order.
    """

    frames: NDArray[np.float32]
    lengths: NDArray[np.int64]
    utterances: tuple[Spoken, ...]

    def __iter__(self) -> Iterator[tuple[Spoken, NDArray[np.float32]]]:
        """Each utterance with its frames [T, D]."""
        ends = self.lengths.cumsum()
        for utterance, length, end in zip(self.utterances, self.lengths, ends, strict=True):
            yield utterance, self.frames[end - length : end]


def write_features(
    folder: Path, split: str, utterances: Iterable[tuple[Spoken, NDArray[np.float32]]]
) -> None:
    """Write a split, atomically file by file; the frames go to disk as they come.

    Args:
        folder: where.
        split: `train`, `valid` or `test`.
        utterances: each with its frames [T, D]; all have a reference, or none has.

    Raises:
        InputError: there is no utterance; one has fewer than SHORTEST frames, another D than those before,
            frames that are not finite, a path that a line cannot hold, or alone has a reference or none.
    """
    written: list[Spoken] = []
    lengths: list[int] = []
    with replacing(folder / f"{split}.npy") as path, path.open("wb+") as file:
        channels = 0
        for utterance, frames in utterances:
            channels = channels or frames.shape[-1]
            _check(utterance, frames, channels)
            if not written:
                _write_head(file, 0, channels)
            file.write(np.ascontiguousarray(frames, "<f4").tobytes())
            written.append(utterance)
            lengths.append(len(frames))
        if not written:
            raise InputError("the split has no utterance", where=path, remedy="give one at least")
        # numpy leaves room for the first axis to grow, so that the head keeps its length.
        file.seek(0)
        _write_head(file, sum(lengths), channels)
    write_lines(folder / f"{split}.lengths", lengths)
    write_lists(folder, split, written)


def read_features(folder: Path, split: str) -> FeatureSplit:
    """Read a split, ours or one that the published scripts wrote.

    Raises:
        InputError: a file is missing or broken, or the files do not agree; names the file and the line.
    """
    lengths = [whole_number(text, place) for place, text in numbered(folder / f"{split}.lengths")]
    frames = _read_frames(folder / f"{split}.npy")
    if sum(lengths) != len(frames):
        fault = f"the lengths add up to {sum(lengths)} frames, {split}.npy has {len(frames)}"
        raise InputError(fault, where=folder / f"{split}.lengths", remedy=ANEW)
    utterances = read_lists(folder, split)
    if len(utterances) != len(lengths):
        fault = f"lists {len(utterances)} utterances, {split}.lengths {len(lengths)}"
        raise InputError(fault, where=folder / f"{split}.tsv", remedy=ANEW)
    return FeatureSplit(frames, np.array(lengths, np.int64), utterances)


def _check(utterance: Spoken, frames: NDArray[np.float32], channels: int) -> None:
    where = utterance.id
    if frames.ndim != 2 or frames.shape[1] != channels:
        fault = f"its frames are {list(frames.shape)}, those before have {channels} channels"
        raise InputError(fault, where=where, remedy="take one encoder for all")
    if len(frames) < SHORTEST:
        fault = f"has {len(frames)} frames, wav2vec-U passes over those with fewer than {SHORTEST}"
        raise InputError(fault, where=where, remedy="leave it out")
    if not np.isfinite(frames).all():
        raise InputError("a frame is not finite", where=where, remedy="leave it out")


def _write_head(file: IO[bytes], count: int, channels: int) -> None:
    head: dict[str, Any] = {"descr": "<f4", "fortran_order": False, "shape": (count, channels)}
    np.lib.format.write_array_header_1_0(file, head)


def _read_frames(path: Path) -> NDArray[np.float32]:
    try:
        frames: NDArray[np.float32] = np.load(path, mmap_mode="r")
    except (OSError, ValueError) as error:
        reason = str(error).split("\n")[0]
        raise InputError(f"cannot be read as an array: {reason}", where=path, remedy=ANEW) from error
    if frames.ndim != 2 or frames.dtype != np.float32:
        fault = f"holds {frames.dtype} {list(frames.shape)}, float32 [N, D] is wanted"
        raise InputError(fault, where=path, remedy=ANEW)
    return frames
