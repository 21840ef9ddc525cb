"""What a listener gets: the text of one recording and the times of its words."""

from dataclasses import dataclass, field

from unsup_asr.decoding.hypothesis import DecodedWord, Hypothesis


@dataclass(frozen=True, slots=True)
class Transcription:
    """English text.

    Attributes:
        text: what was written down; empty where nothing was heard.
        words: the segments in order; a segment that yields nothing has an empty word.
        score: the decoder's log score; 0 where nothing was heard. Its last digits are a matter of the batch,
            and do not tell transcriptions apart.
        sources: as in `Hypothesis`.
    """

    text: str
    words: tuple[DecodedWord, ...]
    score: float = field(default=0.0, compare=False)
    sources: tuple[int, ...] | None = None


def transcription_of(hypothesis: Hypothesis) -> Transcription:
    """What a listener gets of a hypothesis."""
    return Transcription(hypothesis.text, hypothesis.words, hypothesis.score, hypothesis.sources)
