"""Reading a Kaldi folder. Commands in `wav.scp` are refused, never run."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from segmenters.alignments.cleaning import Labels
from segmenters.alignments.ctm import read_ctm
from unsup_asr.corpora.formats.headers import Header, read_headers
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
    Entry,
    read_table,
)
from unsup_asr.corpora.formats.names import Ids
from unsup_asr.corpora.formats.transfer import DIGITS, Imported, spoken_language, within
from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.data.fields import Fields
from unsup_asr.data.manifest import Utterance, Word
from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError

_READ = {WAVS, SEGMENTS, TEXT, CTM, IDS, SPEAKERS, UTTERANCES, DURATIONS, LANGUAGES}
# In a CTM that we wrote, everything is a word.
_ALL_WORDS = Labels(silences=frozenset(), unknowns=frozenset())
_ARCHIVE = re.compile(r":\d+$")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Where an utterance lies; its duration is None where it goes on to the end."""

    path: Path
    offset: float
    duration: float | None


def read_kaldi(folder: Path, lang: str | None = None) -> Imported:
    """Read a Kaldi folder, ours or another's; ours gets its own ids and speakers back.

    Args:
        folder: with `wav.scp` at least. Paths in it are absolute or relative to the working folder, as Kaldi
            has it.
        lang: language of the speech where there is no `utt2lang`.

    Raises:
        InputError: naming the file and the line; among others a command in `wav.scp`.
    """
    stretches, lost = _stretches(folder), Counter[str]()
    if not stretches:
        raise InputError("holds no utterance", where=folder / WAVS, remedy="give a folder with wav.scp")
    durations, left_out = _durations(folder, stretches)
    texts, languages = read_table(folder, TEXT), read_table(folder, LANGUAGES)
    speakers, identities = read_table(folder, SPEAKERS), _identities(folder)
    words = _words(folder, durations, lost)
    lost.update(f"file {path.name!r}" for path in folder.iterdir() if path.name not in _READ)
    utterances = [
        Utterance(
            id=id,
            audio_filepath=stretches[id].path,
            duration=duration,
            lang=spoken_language(_value(languages.get(id)), lang, f"{folder}: {id}"),
            offset=stretches[id].offset,
            speaker=None if (said := _value(speakers.get(id))) == id else said,
            text=_value(texts.get(id)),
            words=within(words.get(id, ()), duration, lost),
        )
        for id, duration in durations.items()
    ]
    return Imported([_ours(u, identities) for u in utterances], lost, tuple(left_out))


def _stretches(folder: Path) -> dict[str, _Stretch]:
    """Where each utterance lies; without `segments`, recordings are utterances."""
    paths = {id: _path(entry) for id, entry in read_table(folder, WAVS).items()}
    segments = read_table(folder, SEGMENTS)
    if not segments:
        return {id: _Stretch(path, 0.0, None) for id, path in paths.items()}
    return {id: _segment(entry, paths) for id, entry in segments.items()}


def _path(entry: Entry) -> Path:
    path = entry.value
    if path.startswith("|") or path.endswith("|"):
        fault = f"{path!r} is a command, which is not run"
        raise InputError(fault, where=entry.where, remedy="write the recordings to files: wav-copy, sox")
    if not path or path == "-" or path.endswith("]") or _ARCHIVE.search(path):
        fault = f"{path!r} is no path of a file"
        raise InputError(fault, where=entry.where, remedy="write the recordings to files: wav-copy, sox")
    return Path(path).absolute()


def _segment(entry: Entry, paths: Mapping[str, Path]) -> _Stretch:
    fields = entry.value.split()
    try:
        recording, start, end = fields[0], float(fields[1]), float(fields[2])
    except (IndexError, ValueError) as error:
        fault = f"{entry.value!r} is not RECORDING START END"
        raise InputError(fault, where=entry.where, remedy="write seconds") from error
    if recording not in paths:
        raise InputError(
            f"there is no recording {recording!r}", where=entry.where, remedy=f"add it to {WAVS}"
        )
    # Kaldi writes -1 for the end of the recording. Written so that NaN fails.
    if not (0 <= start < end < float("inf") or (start >= 0 and end == -1)):
        fault = f"{start:g}–{end:g} s is no stretch of a recording"
        raise InputError(fault, where=entry.where, remedy="give 0 <= START < END, in seconds")
    return _Stretch(paths[recording], start, None if end == -1 else round(end - start, DIGITS))


def _durations(folder: Path, stretches: Mapping[str, _Stretch]) -> tuple[dict[str, float], list[LeftOut]]:
    """Seconds of each utterance: as told, or else to the end of the recording, whose head is read."""
    told = {id: _number(entry) for id, entry in read_table(folder, DURATIONS).items()}
    known = {id: told.get(id, stretch.duration) for id, stretch in stretches.items()}
    headers = read_headers(stretches[id].path for id, duration in known.items() if duration is None)
    durations, left_out = dict[str, float](), list[LeftOut]()
    for id, stretch in stretches.items():
        duration = known[id]
        if duration is None:
            header = headers[stretch.path]
            if not isinstance(header, Header):
                left_out.append(LeftOut(id, None, header.what, broken=True))
                continue
            duration = round(header.duration - stretch.offset, DIGITS)
        if duration > 0:
            durations[id] = duration
        else:
            left_out.append(LeftOut(id, None, "starts after the end of its recording", broken=True))
    return durations, left_out


def _number(entry: Entry) -> float:
    try:
        value = float(entry.value)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise InputError(f"{entry.value!r} is no duration", where=entry.where, remedy="write seconds above 0")
    return value


def _words(folder: Path, durations: Mapping[str, float], lost: Counter[str]) -> dict[str, list[Word]]:
    if not (folder / CTM).exists():
        return {}
    found: dict[str, list[Word]] = {}
    for alignment in read_ctm(folder / CTM, labels=_ALL_WORDS):
        if alignment.id in durations:
            found[alignment.id] = [Word(word.word, word.start, word.end) for word in alignment.words]
        else:
            lost[f"lines of {CTM} whose times are not those of an utterance"] += len(alignment.words)
    return found


def _identities(folder: Path) -> dict[str, Fields]:
    """Our own rows by Kaldi's ids."""
    path, ids, identities = folder / IDS, Ids(), dict[str, Fields]()
    lines = read_lines(path) if path.exists() else []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            row = Fields.parse(line, f"{path}:{number}")
            identities[row.string("utterance")] = row
            if ids.new(id := row.string("id"), id) is None:
                raise row.error(f"id {id!r} came before", f"remove {IDS}, or write the folder anew")
    return identities


def _ours(utterance: Utterance, identities: Mapping[str, Fields]) -> Utterance:
    row = identities.get(utterance.id)
    if row is None:
        return utterance
    text = None if row.values.get(UNTRANSCRIBED) else utterance.text
    return replace(utterance, id=row.string("id"), speaker=row.optional_string("speaker"), text=text)


def _value(entry: Entry | None) -> str | None:
    return None if entry is None else entry.value
