"""The submission folder of ZeroSpeech 2021's semantic task.

    OUT/meta.yaml
    OUT/semantic/{dev,test}/{synthetic,librispeech}/NAME.txt    frames of NAME.wav, one a line
    OUT/{phonetic,lexical,syntactic}/                           empty; the challenge's validator wants them

It passes `zerospeech2021-validate --no-phonetic --no-lexical --no-syntactic`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unsup_asr.data.audio import read_audio
from unsup_asr.errors import InputError
from unsup_asr.evaluation.zerospeech_judgements import LIBRISPEECH, SYNTHETIC
from unsup_asr.evaluation.zerospeech_semantic import (
    SemanticMeasure,
    SemanticScores,
    semantic_scores,
)
from unsup_asr.files import replacing, write_json
from unsup_asr.progress import progress

_KINDS = ("dev", "test")
_OTHER_TASKS = ("phonetic", "lexical", "syntactic")


class Hidden(Protocol):
    """A model that gives hidden states."""

    @property
    def rate(self) -> int:
        """Samples per second of the waveforms it takes."""
        ...

    @property
    def hop(self) -> float:
        """Seconds from frame to frame."""
        ...

    def __call__(self, waveform: Tensor) -> Tensor:
        """Frames [T, D] of a waveform [n]."""
        ...


@dataclass(frozen=True, slots=True)
class SubmissionNotes:
    """What the challenge wants to know of a submission; none may be empty.

    Attributes:
        author, affiliation, description: of the system.
        train_set: what it was trained on.
        gpu_budget: hours of training on one GPU.
    """

    author: str
    affiliation: str
    description: str
    train_set: str
    gpu_budget: float


def write_submission(
    hidden: Hidden,
    dataset: Path,
    out: Path,
    measure: SemanticMeasure,
    notes: SubmissionNotes,
) -> int:
    """Write the features of every recording of the task, and what belongs to them.

    Args:
        hidden: the model.
        dataset: the data set's folder, with `semantic/{dev,test}/{synthetic,librispeech}/*.wav`; one of dev and
            test may be missing.
        out: the submission's folder.
        measure: how recordings are to be compared.
        notes: about the system.

    Returns:
        How many recordings there were.

    Raises:
        InputError: the data set has no recordings, or one is not readable.
    """
    recordings = [path for part in _parts(dataset) for path in sorted(part.glob("*.wav"))]
    if not recordings:
        raise InputError(
            "no recordings in semantic/{dev,test}/{synthetic,librispeech}",
            where=dataset,
            remedy="give the folder of the ZeroSpeech 2021 data set",
        )
    with progress("recordings", len(recordings)) as report:
        for done, path in enumerate(recordings, start=1):
            frames = hidden(torch.from_numpy(read_audio(path, hidden.rate)))
            write_features(out / path.relative_to(dataset).with_suffix(".txt"), frames.cpu().numpy())
            report(done)
    for task in _OTHER_TASKS:
        (out / task).mkdir(parents=True, exist_ok=True)
    # JSON is YAML, too.
    write_json(out / "meta.yaml", _meta(measure, notes, hidden.hop))
    return len(recordings)


def write_features(path: Path, frames: NDArray[np.floating]) -> None:
    """Write frames [T, D] as text, atomically.

    A single frame is written twice: read back alone it would be a vector, which the challenge refuses.
    """
    matrix = np.repeat(frames, 2, axis=0) if len(frames) == 1 else frames
    with replacing(path) as temporary:
        np.savetxt(temporary, matrix, fmt="%.7g")


def score_submission(dataset: Path, out: Path, measure: SemanticMeasure) -> dict[str, SemanticScores]:
    """The scores of dev and test, each where the data set has its human judgements.

    Raises:
        InputError: features or judgements are damaged or missing.
    """
    folders = {kind: dataset / "semantic" / kind for kind in _KINDS}
    return {
        kind: semantic_scores(
            folder / "gold.csv", folder / "pairs.csv", out / "semantic" / kind, measure
        )
        for kind, folder in folders.items()
        if (folder / "gold.csv").is_file() and (folder / "pairs.csv").is_file()
    }  # fmt: skip


def _parts(dataset: Path) -> list[Path]:
    return [dataset / "semantic" / kind / part for kind in _KINDS for part in (SYNTHETIC, LIBRISPEECH)]


def _meta(measure: SemanticMeasure, notes: SubmissionNotes, hop: float) -> dict[str, object]:
    return {
        "author": notes.author,
        "affiliation": notes.affiliation,
        "description": notes.description,
        "open_source": False,
        "train_set": notes.train_set,
        "gpu_budget": notes.gpu_budget,
        "parameters": {
            "phonetic": {"metric": "cosine", "frame_shift": hop},
            "semantic": {"metric": measure.metric, "pooling": measure.pooling},
        },
    }
