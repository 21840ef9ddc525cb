"""Where the words of what is to be transcribed come from: `--segmenter`."""

from collections.abc import Sequence

from segmenters.speech import Segmenter
from unsup_asr.cli.recordings import Recording, check_ids
from unsup_asr.pipeline.word_finder import word_finder as find_by_name
from unsup_asr.segmentation.methods import GOLD
from unsup_asr.speech_to_text import SpeechToText


def word_finder(name: str | None, model: SpeechToText, heard: Sequence[Recording]) -> Segmenter:
    """What finds the words of recordings; see `unsup_asr.pipeline.word_finder`.

    Args:
        name: what `--segmenter` says; None if nothing.
        model: has a segmenter of its own, and knows the rate of words.
        heard: what is to be transcribed.

    Raises:
        UsageError: it is no segmenter; or true words are those of two recordings of one name.
        InputError: there is no segmenter in the folder.
        SegmentationError: the file or the folder is damaged.
    """
    if name == GOLD:
        check_ids(heard)
    return find_by_name(name, model, {recording.id: recording.words for recording in heard}, "--segmenter")
