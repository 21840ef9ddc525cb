"""Lhotse's manifests: what there is to hear, what is said in it, and both together as cuts.

recordings.jsonl.gz    files, with their rates, lengths and channels
supervisions.jsonl.gz  utterances, with times in the recording
cuts.jsonl.gz          a cut an utterance, with recording and supervision

Times of words (`alignment`) count from the start of the recording, in cuts, too: Lhotse does not move them along
with a supervision. Pictures and translations are custom fields of the supervision.
"""

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from unsup_asr.corpora.formats.headers import Header, read_headers
from unsup_asr.corpora.formats.names import Names
from unsup_asr.corpora.formats.transfer import DIGITS, Exported
from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError
from unsup_asr.files import replacing

RECORDINGS, SUPERVISIONS, CUTS = "recordings", "supervisions", "cuts"
SUFFIX = ".jsonl.gz"
WORD = "word"
# Finer than times are read, so that those of words come back whatever the offset.
_FINE = DIGITS + 3


def write_lhotse(utterances: Sequence[Utterance], folder: Path) -> Exported:
    """Write the three manifests, each atomically, the cuts last; the heads of all recordings are read.

    Args:
        utterances: those whose recordings cannot be read are left out.
        folder: where.

    Raises:
        InputError: no recording can be read.
    """
    headers = read_headers(utterance.audio_filepath for utterance in utterances)
    # Without blanks, so that Lhotse can write Kaldi folders with them.
    names = Names(lambda character: not character.isspace())
    recordings = {
        path: _recording(names.new(path.stem), path, header)
        for path, header in headers.items()
        if isinstance(header, Header)
    }
    left_out = tuple(
        LeftOut(utterance.id, None, header.what, broken=True)
        for utterance in utterances
        if isinstance(header := headers[utterance.audio_filepath], InputError)
    )
    if not recordings:
        fault = f"none of {len(headers)} recordings can be read"
        raise InputError(fault, where=folder, remedy="check the paths in the manifest")
    kept = [utterance for utterance in utterances if utterance.audio_filepath in recordings]
    _write(folder, RECORDINGS, recordings.values())
    _write(folder, SUPERVISIONS, (_supervision(u, recordings[u.audio_filepath], u.offset) for u in kept))
    _write(folder, CUTS, (_cut(u, recordings[u.audio_filepath]) for u in kept))
    return Exported(len(kept), left_out=left_out)


def _recording(id: str, path: Path, header: Header) -> dict[str, Any]:
    channels = list(range(header.channels))
    return {
        "id": id,
        "sources": [{"type": "file", "channels": channels, "source": str(path.absolute())}],
        "sampling_rate": header.rate,
        "num_samples": header.samples,
        "duration": header.duration,
        "channel_ids": channels,
    }


def _supervision(utterance: Utterance, recording: dict[str, Any], start: float) -> dict[str, Any]:
    image = utterance.image_filepath
    custom = {
        "image_filepath": None if image is None else str(image.absolute()),
        "image_id": utterance.image_id,
        "translations": list(utterance.translations) or None,
    }
    row = {
        "id": utterance.id,
        "recording_id": recording["id"],
        "start": start,
        "duration": utterance.duration,
        "channel": _channel(recording),
        "text": utterance.text,
        "language": utterance.lang,
        "speaker": utterance.speaker,
        "custom": _told(custom) or None,
        "alignment": {WORD: _alignment(utterance)} if utterance.words else None,
    }
    return _told(row)


def _cut(utterance: Utterance, recording: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": utterance.id,
        "start": utterance.offset,
        "duration": utterance.duration,
        "channel": _channel(recording),
        "supervisions": [_supervision(utterance, recording, 0.0)],
        "recording": recording,
        "type": "MonoCut" if len(recording["channel_ids"]) == 1 else "MultiCut",
    }


def _channel(recording: dict[str, Any]) -> int | list[int]:
    """All channels, as Lhotse tells them: one is a number, several are a list."""
    channels: list[int] = recording["channel_ids"]
    return channels[0] if len(channels) == 1 else channels


def _alignment(utterance: Utterance) -> list[list[Any]]:
    """A word each: symbol, start in the recording, duration, and a score, which ours lack."""
    times = ((utterance.offset + word.start, word.end - word.start) for word in utterance.words)
    return [
        [word.word, round(start, _FINE), round(duration, _FINE), None]
        for word, (start, duration) in zip(utterance.words, times, strict=True)
    ]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value is not None}


def _write(folder: Path, name: str, rows: Iterable[Any]) -> None:
    # Without name and time in its head, so that the same rows yield the same bytes.
    with (
        replacing(folder / f"{name}{SUFFIX}") as path,
        path.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed,
    ):
        for row in rows:
            packed.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
