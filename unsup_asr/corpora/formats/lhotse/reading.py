"""Reading Lhotse's manifests: cuts, or recordings with supervisions."""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unsup_asr.corpora.formats.lhotse.writing import CUTS, RECORDINGS, SUFFIX, SUPERVISIONS, WORD
from unsup_asr.corpora.formats.names import Ids
from unsup_asr.corpora.formats.transfer import DIGITS, Imported, later, spoken_language, within
from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.data.fields import Fields
from unsup_asr.data.manifest import Utterance, Word
from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError

_SINGLE = ("MonoCut", "MultiCut")
_CUSTOM = ("image_filepath", "image_id", "translations")
_HELD = {"id", "recording_id", "start", "duration", "channel", "text", "language", "speaker", "custom",
         "alignment"}  # fmt: skip
_SUFFIXES = (".jsonl", SUFFIX)
_GZIP = b"\x1f\x8b"


def read_lhotse(source: Path, lang: str | None = None) -> Imported:
    """Read cuts or, where there are none, recordings and supervisions; each supervision becomes an utterance.

    A cut without supervision becomes an utterance without text.

    Args:
        source: a file of cuts, or a folder with `*cuts*.jsonl.gz`, or `*recordings*` and `*supervisions*`; not
            packed, too. Paths in it are absolute or relative to the working folder, as Lhotse has it.
        lang: language of the speech where a supervision does not tell it.

    Raises:
        InputError: naming the file and the line; among others a recording that is no plain file, or is altered
            as it is loaded: no command is run and nothing is fetched.
    """
    reading = _Reading(lang)
    cuts = _file(source, CUTS) if source.is_dir() else source
    if cuts is not None:
        for row in _rows(cuts):
            reading.cut(row)
    else:
        recordings = {row.string("id"): row for row in _rows(_needed(source, RECORDINGS))}
        for row in _rows(_needed(source, SUPERVISIONS)):
            reading.supervision(row, _named(row, recordings), start=0.0)
    if not reading.utterances:
        raise InputError("holds no utterance", where=source, remedy="give cuts or supervisions")
    return Imported(reading.utterances, reading.lost, tuple(reading.left_out))


@dataclass
class _Reading:
    """What was read so far."""

    lang: str | None
    utterances: list[Utterance] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)
    ids: Ids = field(default_factory=Ids)

    def cut(self, row: Fields) -> None:
        """Take up the supervisions of a cut."""
        kind = row.optional_string("type") or _SINGLE[0]
        if kind not in _SINGLE:
            # Mixtures and padding are no stretch of one file.
            self.left_out.append(LeftOut(row.string("id"), None, f"is a {kind}", broken=False))
            return
        recording = _object(row, "recording")
        start = row.number("start", default=0.0, least=0.0)
        supervisions = row.objects("supervisions")
        if not supervisions:
            silent = {"id": row.string("id"), "start": 0.0, "duration": row.number("duration", above=0.0)}
            supervisions = [Fields({**silent, "channel": row.values.get("channel")}, row.where)]
        for supervision in supervisions:
            inherited = {**_optional(row, "custom"), **_optional(supervision, "custom")}
            self.supervision(
                Fields({**supervision.values, "custom": inherited}, supervision.where), recording, start
            )

    def supervision(self, row: Fields, recording: Fields, start: float) -> None:
        """Take up a supervision whose times, but for those of its words, count from `start` in the recording."""
        id, duration = row.string("id"), row.number("duration", above=0.0)
        if self.ids.new(id, id) is None:
            raise row.error(f"id {id!r} came before", "give every supervision its own id, in one cut")
        offset = later(start, row.number("start", default=0.0))
        if offset < 0:
            raise row.error(
                f"starts {-offset:g} s before its recording", "trim the cuts to their supervisions"
            )
        custom = Fields(_optional(row, "custom"), row.where)
        self._count(row, custom, recording)
        image = custom.optional_string("image_filepath")
        self.utterances.append(
            Utterance(
                id=id,
                audio_filepath=_source(recording),
                duration=duration,
                lang=spoken_language(row.optional_string("language"), self.lang, row.where),
                offset=offset,
                speaker=row.optional_string("speaker"),
                image_filepath=None if image is None else Path(image).absolute(),
                image_id=custom.optional_string("image_id"),
                text=row.optional_string("text"),
                translations=custom.strings("translations"),
                words=within(_words(row, offset), duration, self.lost),
            )
        )

    def _count(self, row: Fields, custom: Fields, recording: Fields) -> None:
        """Count what is not taken over."""
        told = {key for key, value in row.values.items() if value is not None}
        self.lost.update(f"field {key!r}" for key in told - _HELD)
        self.lost.update(f"custom field {key!r}" for key in custom.values if key not in _CUSTOM)
        self.lost.update(f"alignment {key!r}" for key in _optional(row, "alignment") if key != WORD)
        channel, known = row.values.get("channel"), recording.values.get("channel_ids")
        heard = channel if isinstance(channel, list) else [channel]
        if channel is not None and isinstance(known, list) and {*map(str, known)} != {*map(str, heard)}:
            self.lost["choice of a channel"] += 1


def _words(row: Fields, offset: float) -> Iterator[Word]:
    items = _optional(row, "alignment").get(WORD) or []
    if not isinstance(items, list):
        raise row.error(f"alignment {WORD!r} is no list", "write [[symbol, start, duration, score], …]")
    for item in items:
        try:
            symbol, start, duration = (list(item.values()) if isinstance(item, dict) else item)[:3]
            begin = round(float(start) - offset, DIGITS)
            # Silences have empty symbols.
            if symbol:
                yield Word(str(symbol), begin, round(begin + float(duration), DIGITS))
        except (TypeError, ValueError) as error:
            fault = f"{item!r} is no aligned word"
            raise row.error(fault, "write [symbol, start, duration, score]") from error


def _source(recording: Fields) -> Path:
    """The one plain file that a recording is."""
    sources = recording.objects("sources")
    kinds = [source.optional_string("type") for source in sources]
    if kinds != ["file"]:
        fault = f"recording {recording.string('id')!r} has sources {kinds}; one of type 'file' is wanted"
        raise recording.error(fault, "save the audio first: cuts.save_audios(FOLDER)")
    if recording.values.get("transforms"):
        fault = f"recording {recording.string('id')!r} is altered as it is loaded: it has transforms"
        raise recording.error(fault, "save the audio first: cuts.save_audios(FOLDER)")
    return Path(sources[0].string("source")).absolute()


def _optional(row: Fields, key: str) -> dict[str, Any]:
    return _object(row, key).values if row.values.get(key) else {}


def _object(row: Fields, key: str) -> Fields:
    value = row.values.get(key)
    if not isinstance(value, dict):
        raise row.error(
            f"field {key!r} is no object", "write what Lhotse writes; features alone are no audio"
        )
    return Fields(value, f"{row.where}: {key}")


def _named(row: Fields, recordings: dict[str, Fields]) -> Fields:
    id = row.string("recording_id")
    if id not in recordings:
        raise row.error(f"there is no recording {id!r}", "give the recordings that belong to it")
    return recordings[id]


def _rows(path: Path) -> Iterator[Fields]:
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            yield Fields.parse(line, f"{path}:{number}")


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
        if not packed:
            yield from read_lines(path)
            return
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            yield from lines
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot be read: {error}", where=path, remedy="check the path and the file"
        ) from error


def _file(folder: Path, name: str) -> Path | None:
    """The one file of a folder whose name tells what it holds."""
    # What an interrupted export leaves behind begins with a dot.
    named = (path for path in folder.glob(f"*{name}*") if not path.name.startswith("."))
    found = sorted(path for path in named if path.name.endswith(_SUFFIXES))
    if len(found) > 1:
        fault = f"there are {len(found)}: {', '.join(path.name for path in found)}"
        raise InputError(
            fault, where=folder / f"*{name}*.jsonl.gz", remedy="put each split in a folder of its own"
        )
    return found[0] if found else None


def _needed(folder: Path, name: str) -> Path:
    found = _file(folder, name)
    if found is None:
        raise InputError("is missing", where=folder / f"{name}.jsonl.gz", remedy=f"give {name}, or cuts")
    return found
