"""What a listener gets: the text of one recording and the times of its words."""

from dataclasses import dataclass

from unsup_asr.decoding.hypothesis import DecodedWord


@dataclass(frozen=True, slots=True)
class Transcription:
    """English text.

    Attributes:
        text: what was written down; empty where nothing was heard.
        words: the segments in order; a segment that yields nothing has an empty word.
    """

    text: str
    words: tuple[DecodedWord, ...]
