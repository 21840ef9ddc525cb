"""Where the words of what is to be transcribed come from: `--segmenter`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from segmenters.segmentation import Segmentation, read_segmentations
from unsup_asr.cli.recordings import Recording
from unsup_asr.errors import InputError, UsageError
from unsup_asr.progress import LOGGER
from unsup_asr.segmentation import METHODS, segment
from unsup_asr.speech_to_text import SpeechToText

FindWords = Callable[[Recording, npt.NDArray[np.float32]], Segmentation]


def word_finder(name: str | None, model: SpeechToText) -> FindWords:
    """How words are found.

    Args:
        name: a method; a file of segmentations, or a manifest with words, as JSONL; the model's own if None.
        model: knows its own segmenter and the rate of words.

    Raises:
        UsageError: it is neither a method nor a file.
        SegmentationError: the file is damaged.
    """
    if name is None and model.config.trained_on_gold_times:
        LOGGER.warning(
            "the model was trained on true word times; %r finds the words here (--segmenter chooses)",
            model.config.segmenter,
        )
    method = name or model.config.segmenter
    if method in METHODS:
        return _by_method(method, model)
    if not Path(method).is_file():
        fault = f"{method!r} is neither a segmenter nor a file"
        raise UsageError(
            fault, where="--segmenter", remedy=f"choose from {', '.join(METHODS)}, or give a file"
        )
    return _from_file(Path(method))


def _by_method(method: str, model: SpeechToText) -> FindWords:
    def find(recording: Recording, samples: npt.NDArray[np.float32]) -> Segmentation:
        rate, words_per_second = model.encoder.rate, model.config.words_per_second
        return segment(method, recording.id, samples, rate, recording.words, words_per_second)

    return find


def _from_file(path: Path) -> FindWords:
    known = {segmentation.id: segmentation for segmentation in read_segmentations(path)}

    def find(recording: Recording, samples: npt.NDArray[np.float32]) -> Segmentation:
        if recording.id not in known:
            fault = f"has no segmentation of {recording.id!r}"
            raise InputError(fault, where=path, remedy="add it, or leave the recording out")
        return known[recording.id]

    return find
