"""Transcriptions in the five formats of whisper: text, JSON, SubRip, WebVTT and tab-separated values."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from unsup_asr.decoding.hypothesis import DecodedWord
from unsup_asr.decoding.transcription import Transcription

# A pause of so many seconds parts two segments: the lines of subtitles.
_PAUSE = 0.6


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of words with no long pause in it; times in seconds.

    Attributes:
        words: in the order of speech.
        translation: the text of them all where that is in another order; None where it has the words as they are.
    """

    words: tuple[DecodedWord, ...]
    translation: str | None = None

    @property
    def start(self) -> float:
        """Where its first word starts."""
        return self.words[0].start

    @property
    def end(self) -> float:
        """Where its last word ends."""
        return self.words[-1].end

    @property
    def text(self) -> str:
        """What it says."""
        return " ".join(word.word for word in self.words) if self.translation is None else self.translation


def segments(transcription: Transcription) -> list[Segment]:
    """The written words, parted where speech pauses; what was reordered cannot be parted."""
    words = tuple(word for word in transcription.words if word.word)
    if not words:
        return []
    if transcription.sources is not None:
        return [Segment(words, transcription.text)]
    cuts = [k for k, (left, right) in enumerate(pairwise(words), 1) if right.start - left.end >= _PAUSE]
    return [Segment(words[start:end]) for start, end in pairwise([0, *cuts, len(words)])]


def transcript(transcription: Transcription, format: str, id: str, language: str) -> str:
    """The whole file.

    Args:
        transcription: what was heard.
        format: one of `FORMATS`.
        id: of the recording.
        language: code of the spoken language.
    """
    if format == "json":
        row = json_row(transcription, id, language)
        return json.dumps(row, ensure_ascii=False, indent=1) + "\n"
    return _WRITERS[format](transcription)


def json_row(transcription: Transcription, id: str, language: str) -> dict[str, Any]:
    """whisper's JSON: `text, segments[] (each with words[]), language`; besides, `id` and all `words[]`."""
    parts = segments(transcription)
    return {
        "id": id,
        "text": transcription.text,
        "segments": [
            {"id": number, "start": p.start, "end": p.end, "text": p.text, "words": _words(p.words)}
            for number, p in enumerate(parts)
        ],
        "words": [word for part in parts for word in _words(part.words)],
        "language": language,
    }


def _words(words: Sequence[DecodedWord]) -> list[dict[str, Any]]:
    return [{"word": w.word, "start": w.start, "end": w.end, "probability": w.probability} for w in words]


def _txt(transcription: Transcription) -> str:
    return transcription.text + "\n"


def _srt(transcription: Transcription) -> str:
    cues = enumerate(segments(transcription), start=1)
    return "".join(f"{n}\n{_clock(s.start, ',')} --> {_clock(s.end, ',')}\n{s.text}\n\n" for n, s in cues)


def _vtt(transcription: Transcription) -> str:
    cues = segments(transcription)
    lines = (f"{_clock(s.start, '.')} --> {_clock(s.end, '.')}\n{s.text}\n\n" for s in cues)
    return "WEBVTT\n\n" + "".join(lines)


def _tsv(transcription: Transcription) -> str:
    rows = (f"{_ms(s.start)}\t{_ms(s.end)}\t{s.text}\n" for s in segments(transcription))
    return "start\tend\ttext\n" + "".join(rows)


def _ms(seconds: float) -> int:
    return round(1000 * seconds)


def _clock(seconds: float, point: str) -> str:
    """`00:00:01,250`."""
    rest, ms = divmod(_ms(seconds), 1000)
    minutes, second = divmod(rest, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}{point}{ms:03}"


_WRITERS: dict[str, Callable[[Transcription], str]] = {"txt": _txt, "srt": _srt, "vtt": _vtt, "tsv": _tsv}
FORMATS = (*_WRITERS, "json")
