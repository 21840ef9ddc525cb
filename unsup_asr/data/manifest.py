"""The manifest: JSON lines, an utterance a line."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from unsup_asr.data.fields import Fields
from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError
from unsup_asr.files import write_jsonl

# Aligners and headers round differently: a word may overrun its recording by this many seconds.
_ROUNDING = 0.01


class WordTimesError(InputError):
    """The words of an utterance do not lie within it, one after the other."""


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word and its times in seconds from the start of the utterance."""

    word: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """One spoken description of a picture.

    Attributes:
        id: unique within the manifest.
        audio_filepath: the recording.
        duration: seconds of speech.
        lang: language code of the speech, such as `en`.
        offset: second of the recording at which the utterance starts.
        speaker: who speaks.
        image_filepath: the picture described.
        image_id: the picture's key where its embedding stands in for the file.
        text: what is said; for evaluation, never for training.
        translations: English references; for evaluation, never for training.
        words: the words with their times, in order.
    """

    id: str
    audio_filepath: Path
    duration: float
    lang: str
    offset: float = 0.0
    speaker: str | None = None
    image_filepath: Path | None = None
    image_id: str | None = None
    text: str | None = None
    translations: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()

    @property
    def picture(self) -> str:
        """What tells pictures apart: equal for two descriptions of one picture."""
        return self.image_id or str(self.image_filepath or self.id)


def read_manifest(path: str | Path) -> list[Utterance]:
    """Read and validate a manifest. Unknown keys and empty lines are passed over, files are not opened.

    Paths in it are absolute, or relative to the manifest's folder.

    Raises:
        InputError: naming the file and the line, what is wrong there and what to do.
    """
    path = Path(path).absolute()
    utterances: list[Utterance] = []
    first_seen: dict[str, int] = {}
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        utterance = utterance_of(Fields.parse(line, where=f"{path}:{number}"), path.parent)
        earlier = first_seen.setdefault(utterance.id, number)
        if earlier != number:
            fault = f"id {utterance.id!r} is that of line {earlier}, too"
            raise InputError(fault, where=f"{path}:{number}", remedy="give every utterance its own id")
        utterances.append(utterance)
    if not utterances:
        raise InputError("holds no utterance", where=path, remedy="write one JSON object a line")
    return utterances


def write_manifest(path: str | Path, utterances: Iterable[Utterance]) -> None:
    """Write a manifest atomically; files below the manifest's folder get relative paths, others absolute."""
    path = Path(path).absolute()
    write_jsonl(path, (_row(utterance, path.parent) for utterance in utterances))


def utterance_of(row: Fields, folder: Path) -> Utterance:
    """The utterance of one line.

    Args:
        row: the line's fields.
        folder: the manifest's.

    Raises:
        WordTimesError: its words do not lie within it, one after the other.
        InputError: something else about it is wrong.
    """
    image = row.optional_string("image_filepath")
    duration = row.number("duration", above=0.0)
    return Utterance(
        id=row.string("id"),
        audio_filepath=folder / row.string("audio_filepath"),
        duration=duration,
        lang=row.string("lang"),
        offset=row.number("offset", default=0.0, least=0.0),
        speaker=row.optional_string("speaker"),
        image_filepath=None if image is None else folder / image,
        image_id=row.optional_string("image_id"),
        text=row.optional_string("text"),
        translations=row.strings("translations"),
        words=_words(row.objects("words"), duration, row),
    )


def _words(rows: list[Fields], duration: float, owner: Fields) -> tuple[Word, ...]:
    words = tuple(Word(row.string("word"), row.number("start"), row.number("end")) for row in rows)
    for word in words:
        if word.start < 0 or word.end > duration + _ROUNDING:
            bounds = f"outside the utterance (0–{duration:g} s)"
            fault, remedy = f"word {_shown(word)} is {bounds}", "times count from the utterance's start"
            raise WordTimesError(fault, where=owner.where, remedy=remedy)
        if word.end <= word.start:
            fault, remedy = f"word {_shown(word)} ends before it starts", "give start < end, in seconds"
            raise WordTimesError(fault, where=owner.where, remedy=remedy)
    for left, right in pairwise(words):
        if right.start < left.start:
            fault = f"word {_shown(right)} stands after {_shown(left)}"
            raise WordTimesError(fault, where=owner.where, remedy="sort words by start")
    return words


def _shown(word: Word) -> str:
    return f"{word.word!r} ({word.start:g}–{word.end:g} s)"


def _row(utterance: Utterance, folder: Path) -> dict[str, Any]:
    """The line for an utterance, without what says nothing."""
    row: dict[str, Any] = {
        "id": utterance.id,
        "audio_filepath": _relative(utterance.audio_filepath, folder),
        "duration": utterance.duration,
        "lang": utterance.lang,
        "offset": utterance.offset or None,
        "speaker": utterance.speaker,
        "image_filepath": _relative(utterance.image_filepath, folder),
        "image_id": utterance.image_id,
        "text": utterance.text,
        "translations": list(utterance.translations) or None,
        "words": [{"word": w.word, "start": w.start, "end": w.end} for w in utterance.words] or None,
    }
    return {key: value for key, value in row.items() if value is not None}


def _relative(path: Path | None, folder: Path) -> str | None:
    if path is None:
        return None
    path = path.absolute()
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
