"""Writing a Kaldi folder, sorted and named so that Kaldi's own checks accept it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from segmenters.alignments.ctm import write_ctm
from segmenters.segmentation import Segmentation, Span
from unsup_asr.corpora.formats.kaldi.tables import (
    CTM,
    DURATIONS,
    IDS,
    LANGUAGES,
    SEGMENTS,
    SPEAKERS,
    TEXT,
    UNTRANSCRIBED,
    UTTERANCES,
    WAVS,
    write_table,
)
from unsup_asr.corpora.formats.names import Names
from unsup_asr.corpora.formats.transfer import Exported, seconds, without
from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError
from unsup_asr.files import write_jsonl

# What Kaldi takes for a command, a place in an archive or a range, or cannot tell from the end of the line.
_NO_PLAIN_PATH = re.compile(r"[\n\r]|\|$|:\d+$|\]$|\s$")


def write_kaldi(utterances: Sequence[Utterance], folder: Path) -> Exported:
    """Write the files of a Kaldi folder, each atomically.

    Ids begin with the speaker's and a hyphen, as Kaldi's order needs; where nobody is named, each utterance is a
    speaker of its own. Where only some utterances have a text, the others get an empty one: Kaldi wants all.

    Args:
        utterances: those with paths that have a meaning for Kaldi are left out.
        folder: where.

    Raises:
        InputError: no path can be written, or a language holds white space.
    """
    kept = [u for u in utterances if not _NO_PLAIN_PATH.search(str(u.audio_filepath.absolute()))]
    refused = [u for u in utterances if _NO_PLAIN_PATH.search(str(u.audio_filepath.absolute()))]
    if not kept:
        raise InputError("no path of a recording can stand in wav.scp", where=folder, remedy="rename them")
    naming = _Naming()
    named = {naming.utterance(utterance): utterance for utterance in kept}
    _write_recordings(folder, named, naming)
    _write_speakers(folder, named, naming)
    _write_text(folder, named)
    write_table(folder, DURATIONS, {id: seconds(u.duration) for id, u in named.items()})
    write_table(folder, LANGUAGES, {id: _language(u) for id, u in named.items()})
    _write_words(folder, named)
    write_jsonl(folder / IDS, (_identity(id, named[id]) for id in sorted(named)))
    reason = "its path is none for Kaldi: it ends in |, ], :NUMBER or white space"
    left_out = tuple(LeftOut(u.id, None, reason, broken=True) for u in refused)
    return Exported(len(kept), _lost(kept), left_out)


@dataclass
class _Naming:
    """Ids as Kaldi's order wants them.

    Sorted utterances must come in the order of their speakers. So no speaker's id holds a character that sorts
    before the hyphen, or a hyphen, and each utterance's begins with its speaker's and a hyphen, or is its own.
    """

    _speakers: Names = field(default_factory=lambda: Names(lambda c: _plain(c) and c != "-"))
    _utterances: Names = field(default_factory=lambda: Names(_plain))
    _recordings: Names = field(default_factory=lambda: Names(_plain))
    _by_speaker: dict[str, str] = field(default_factory=dict)
    _by_path: dict[Path, str] = field(default_factory=dict)
    speaker_of: dict[str, str] = field(default_factory=dict)

    def utterance(self, utterance: Utterance) -> str:
        """A new id for an utterance."""
        speaker = utterance.speaker
        if not speaker:
            id = self._speakers.new(utterance.id)
            self.speaker_of[id] = id
            return id
        if speaker not in self._by_speaker:
            self._by_speaker[speaker] = self._speakers.new(speaker)
        prefix = self._by_speaker[speaker]
        id = self._utterances.new(utterance.id.removeprefix(f"{speaker}-"), f"{prefix}-")
        self.speaker_of[id] = prefix
        return id

    def recording(self, path: Path) -> str:
        """The id of a recording."""
        if path not in self._by_path:
            self._by_path[path] = self._recordings.new(path.stem)
        return self._by_path[path]


def _plain(character: str) -> bool:
    """Whether a character may stand in an id: none that sorts before the hyphen, is blank, or parts folders.

    A semicolon would begin a comment in a CTM.
    """
    return character >= "-" and character not in "/;" and character.isprintable() and not character.isspace()


def _write_recordings(folder: Path, named: Mapping[str, Utterance], naming: _Naming) -> None:
    paths = {naming.recording(u.audio_filepath): str(u.audio_filepath.absolute()) for u in named.values()}
    write_table(folder, WAVS, paths)
    segments = {
        id: f"{naming.recording(u.audio_filepath)} {seconds(u.offset)} {seconds(u.offset + u.duration)}"
        for id, u in named.items()
    }
    write_table(folder, SEGMENTS, segments)


def _write_speakers(folder: Path, named: Mapping[str, Utterance], naming: _Naming) -> None:
    spoken: dict[str, list[str]] = {}
    for id in sorted(named):
        spoken.setdefault(naming.speaker_of[id], []).append(id)
    write_table(folder, SPEAKERS, naming.speaker_of)
    write_table(folder, UTTERANCES, {speaker: " ".join(ids) for speaker, ids in spoken.items()})


def _write_text(folder: Path, named: Mapping[str, Utterance]) -> None:
    if any(utterance.text is not None for utterance in named.values()):
        write_table(folder, TEXT, {id: _one_line(u.text or "") for id, u in named.items()})


def _write_words(folder: Path, named: Mapping[str, Utterance]) -> None:
    timed = {id: named[id] for id in sorted(named) if named[id].words and _tokens(named[id])}
    if timed:
        spoken = (_segmentation(id, utterance) for id, utterance in timed.items())
        write_ctm(folder / CTM, spoken, {id: [word.word for word in u.words] for id, u in timed.items()})


def _segmentation(id: str, utterance: Utterance) -> Segmentation:
    spans = tuple(Span(word.start, word.end) for word in utterance.words)
    return Segmentation(id, utterance.duration, spans, "gold")


def _identity(id: str, utterance: Utterance) -> dict[str, str | bool]:
    row: dict[str, str | bool] = {"utterance": id, "id": utterance.id}
    if utterance.speaker is not None:
        row["speaker"] = utterance.speaker
    if utterance.text is None:
        row[UNTRANSCRIBED] = True
    return row


def _language(utterance: Utterance) -> str:
    if utterance.lang.split() != [utterance.lang]:
        fault = f"language {utterance.lang!r} holds white space"
        raise InputError(fault, where=utterance.id, remedy="give a language code, such as en")
    return utterance.lang


def _one_line(text: str) -> str:
    """A text as Kaldi's checks want it: blanks alone between words."""
    return " ".join(text.split())


def _tokens(utterance: Utterance) -> bool:
    """Whether no word holds white space, which parts the fields of a CTM."""
    return all(word.word.split() == [word.word] for word in utterance.words)


def _lost(utterances: Iterable[Utterance]) -> Counter[str]:
    lost = without(utterances, "image_filepath", "image_id", "translations")
    for utterance in utterances:
        if utterance.text is not None and utterance.text != _one_line(utterance.text):
            lost["white space in the text, other than single blanks"] += 1
        if not _tokens(utterance):
            lost["words that hold white space"] += 1
        if utterance.audio_filepath.suffix.lower() != ".wav":
            lost["recording that is no WAV, the one form that Kaldi's own programs read"] += 1
    return lost
