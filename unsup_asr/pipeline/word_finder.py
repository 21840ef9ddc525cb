"""What finds the words for a trained model, by the name that a user gives."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from segmenters.given import Given
from segmenters.segmentation import read_segmentations
from segmenters.speech import Segmenter
from unsup_asr.data.manifest import Word
from unsup_asr.errors import UsageError
from unsup_asr.progress import LOGGER
from unsup_asr.segmentation.methods import AUTO, GOLD, METHODS
from unsup_asr.segmentation.speech_segmenter import load_segmenter
from unsup_asr.segmentation.true_words import TrueWords
from unsup_asr.speech_to_text import SpeechToText


def word_finder(
    name: str | None, model: SpeechToText, true_words: Mapping[str, Sequence[Word]], asked_by: str
) -> Segmenter:
    """What finds the words.

    Args:
        name: a method; the folder of a fitted segmenter; a file of segmentations, or a manifest with words, as
            JSONL; the model's own segmenter if None.
        model: has a segmenter of its own, and knows the rate of words.
        true_words: of what is to be transcribed, by id.
        asked_by: the option or key that gives the name, for messages.

    Raises:
        UsageError: it is none of these, or a method that has to learn first.
        InputError: there is no segmenter in the folder.
        SegmentationError: the file or the folder is damaged.
    """
    if name is None and model.config.trained_on_gold_times:
        LOGGER.warning(
            "the model was trained on true word times; %r finds the words here (%s chooses)",
            model.config.segmenter,
            asked_by,
        )
    if name is None or name == model.config.segmenter:
        return model.segmenter
    if name == GOLD:
        return TrueWords(true_words)
    if name in (*METHODS, AUTO):
        return model.segmenter_by_name(name)
    if Path(name).is_dir():
        return load_segmenter(Path(name), model.device)
    if not Path(name).is_file():
        fault = f"{name!r} is neither a segmenter nor a file or folder"
        remedy = f"choose from {', '.join(METHODS)}, or give a file, or the folder of a fitted segmenter"
        raise UsageError(fault, where=asked_by, remedy=remedy)
    return Given(read_segmentations(name))
