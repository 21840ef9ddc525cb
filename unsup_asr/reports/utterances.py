"""Single test utterances as the page shows them: heard, seen, said and written, on one time axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from unsup_asr.data.audio import read_audio
from unsup_asr.data.captions import normalise
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.normalisers import is_english
from unsup_asr.decoding.hypothesis import DecodedWord
from unsup_asr.evaluation.alignment import align
from unsup_asr.reports.embedding import RATE, audio_uri, picture_uri, spectrogram_uri
from unsup_asr.reports.run import Decoded

# plain: cannot be judged; nothing: the segment yields no word.
Verdict = Literal["right", "wrong", "plain", "nothing"]

# The time axis in pixels: a second is so wide, and a short utterance is stretched to the least width.
_PIXELS_PER_SECOND = 150
_LEAST_WIDTH = 680
_LETTER, _MARGIN = 8.2, 12.0  # about a letter of a label, and the room about it


@dataclass(frozen=True, slots=True)
class Marked:
    """A word of a text and whether it is right."""

    word: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Label:
    """A word placed on the time axis: seconds, percent of the axis, and the lane that keeps labels apart."""

    word: str
    verdict: Verdict
    start: float
    end: float
    left: float
    width: float
    lane: int
    note: str


@dataclass(frozen=True, slots=True)
class Tier:
    """The labels of one side and the number of lanes they need."""

    labels: list[Label]
    lanes: int


@dataclass(frozen=True, slots=True)
class Shown:
    """An utterance as the template wants it; data URIs are None where the file is missing."""

    id: str
    lang: str
    speaker: str | None
    duration: float
    width: int
    ticks: list[float]
    picture: str | None
    audio: str | None
    spectrogram: str | None
    said_text: list[Marked]
    written_text: list[Marked]
    translations: tuple[str, ...]
    said: Tier
    written: Tier


@dataclass(frozen=True, slots=True)
class _Span:
    word: str
    verdict: Verdict
    start: float
    end: float
    note: str = ""


def sample(decoded: Sequence[Decoded], count: int = 30) -> list[Decoded]:
    """`count` utterances evenly spread over the test set, so that nobody picked them."""
    chosen = np.linspace(0, len(decoded) - 1, min(count, len(decoded))).round().astype(int)
    return [decoded[k] for k in chosen]


def show(decoded: Decoded) -> Shown:
    """Gather what the page shows of one utterance."""
    utterance, hypothesis = decoded.utterance, decoded.hypothesis
    samples = samples_of(utterance)
    width = round(max(_LEAST_WIDTH, utterance.duration * _PIXELS_PER_SECOND))
    said, written = judge(utterance, hypothesis.text.split())
    return Shown(
        id=utterance.id,
        lang=utterance.lang,
        speaker=utterance.speaker,
        duration=utterance.duration,
        width=width,
        ticks=[100 * second / utterance.duration for second in range(1, int(utterance.duration) + 1)],
        picture=picture_of(utterance.image_filepath),
        audio=None if samples is None else audio_uri(samples),
        spectrogram=None if samples is None else spectrogram_uri(samples),
        said_text=said,
        written_text=written,
        translations=utterance.translations,
        said=_tier(_said_spans(utterance, said), utterance.duration, width),
        written=_tier(_written_spans(utterance, hypothesis.words), utterance.duration, width),
    )


def judge(utterance: Utterance, written: Sequence[str]) -> tuple[list[Marked], list[Marked]]:
    """Mark the words of both sides: English by alignment, a translation's by whether a reference has them.

    A word said that has no equal is wrong in the sense of missed; words of another language are plain, and
    stand as the manifest has them.
    """
    text, english = utterance.text or "", is_english(utterance.lang)
    said = normalise(text) if english else text.split()
    if utterance.translations:
        known = {word for text in utterance.translations for word in normalise(text)}
        marks = [Marked(word, "right" if word in known else "wrong") for word in written]
        return [Marked(word, "plain") for word in said], marks
    if not (english and said):
        return [Marked(word, "plain") for word in said], [Marked(word, "plain") for word in written]
    steps = align(" ".join(said), " ".join(written))
    verdicts: list[Verdict] = ["right" if step.operation == "equal" else "wrong" for step in steps]
    pairs = list(zip(steps, verdicts, strict=True))
    references = [Marked(step.reference, verdict) for step, verdict in pairs if step.reference]
    return references, [Marked(step.hypothesis, verdict) for step, verdict in pairs if step.hypothesis]


def _said_spans(utterance: Utterance, marks: list[Marked]) -> list[_Span]:
    """The words said; verdicts are those of the text where it has the same words."""
    spoken = [" ".join(normalise(word.word)) for word in utterance.words]
    same = spoken == [mark.word for mark in marks]
    verdicts: list[Verdict] = [mark.verdict for mark in marks] if same else ["plain"] * len(spoken)
    pairs = zip(utterance.words, verdicts, strict=True)
    return [_Span(word.word, verdict, word.start, word.end) for word, verdict in pairs]


def _written_spans(utterance: Utterance, words: Sequence[DecodedWord]) -> list[_Span]:
    """The words written, in the order of their segments, which a translation may have left."""
    _, marks = judge(utterance, [word.word for word in words if word.word])
    verdicts = iter(mark.verdict for mark in marks)
    return [
        _Span(word.word, next(verdicts) if word.word else "nothing", word.start, word.end, _note(word))
        for word in words
    ]


def _note(word: DecodedWord) -> str:
    """The word's probability, then those of its alternatives."""
    others = [f"{other.word or 'nothing'} {other.probability:.0%}" for other in word.alternatives]
    return " · ".join([f"{word.word or 'nothing'} {word.probability:.0%}", *others])


def _tier(spans: list[_Span], duration: float, width: int) -> Tier:
    """Place spans on the axis; a label that would run into its neighbour goes to the next lane."""
    taken: list[float] = []
    labels = []
    for span in spans:
        left = width * span.start / duration
        lane = next((k for k, end in enumerate(taken) if end <= left), len(taken))
        end = left + _LETTER * max(1, len(span.word)) + _MARGIN
        taken[lane : lane + 1] = [end]
        place = 100 * span.start / duration, 100 * (span.end - span.start) / duration
        labels.append(Label(span.word, span.verdict, span.start, span.end, *place, lane, span.note))
    return Tier(labels, max(1, len(taken)))


def samples_of(utterance: Utterance) -> np.ndarray | None:
    """The speech at `RATE`, None where the recording is missing."""
    if not utterance.audio_filepath.exists():
        return None
    return read_audio(utterance.audio_filepath, RATE, utterance.offset, utterance.duration)


def picture_of(path: Path | None) -> str | None:
    """A picture as a data URI, None where it is missing."""
    return picture_uri(path) if path and path.exists() else None
