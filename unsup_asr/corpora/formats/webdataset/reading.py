"""Shards as a manifest: recordings and pictures are written to files."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unsup_asr.corpora.formats.headers import read_header
from unsup_asr.corpora.formats.names import Ids, Names, in_file_name
from unsup_asr.corpora.formats.rows import FIELDS, utterance_fields
from unsup_asr.corpora.formats.transfer import Imported
from unsup_asr.corpora.formats.webdataset.samples import LARGEST, Sample, read_samples
from unsup_asr.corpora.formats.webdataset.writing import AUDIO, IMAGES
from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.data.fields import Fields
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError

_ROW, _TEXT = "json", "txt"
_LANGUAGE = "language"
_SHARDS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


def read_webdataset(source: Path, folder: Path, lang: str | None = None, largest: int = LARGEST) -> Imported:
    """Read shards, ours or another's; equal pictures become one file.

    Args:
        source: a shard, or a folder whose shards, packed or not, are read in the order of their names.
        folder: gets `audio/` and `images/`.
        lang: language of the speech where a sample does not tell it.
        largest: most bytes of a sample.

    Raises:
        InputError: as in `read_samples`, or naming the sample whose JSON is broken.
    """
    shards = sorted(filter(_is_shard, source.iterdir())) if source.is_dir() else [source]
    unpacking = _Unpacking(folder.absolute(), lang)
    utterances = [
        utterance
        for shard in shards
        for sample in read_samples(shard, largest)
        if (utterance := unpacking.utterance(sample, shard.name.partition(".")[0])) is not None
    ]
    if not utterances:
        raise InputError("holds no sample with a recording", where=source, remedy="give shards: *.tar")
    return Imported(utterances, unpacking.lost, tuple(unpacking.left_out))


def _is_shard(path: Path) -> bool:
    # What an interrupted export leaves behind begins with a dot.
    return path.name.endswith(_SHARDS) and not path.name.startswith(".")


@dataclass
class _Unpacking:
    """What was written and read so far."""

    folder: Path
    lang: str | None
    lost: Counter[str] = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)
    ids: Ids = field(default_factory=Ids)
    names: Names = field(default_factory=lambda: Names(in_file_name))

    def utterance(self, sample: Sample, shard: str) -> Utterance | None:
        """The utterance of a sample; None if it has no recording that can be read."""
        audio = _one(sample, AUDIO)
        row = _row(sample)
        self.lost.update(f"file .{ending}" for ending in _unread(sample))
        self.lost.update(f"field {key!r}" for key in row.values if key not in {*FIELDS, "offset", _LANGUAGE})
        if audio is None:
            self._leave_out(sample, "has no recording")
            return None
        path = self._write(
            Path("audio") / shard / f"{self.names.new(sample.key)}.{audio}", sample.files[audio]
        )
        try:
            duration = None if row.values.get("duration") is not None else read_header(path).duration
        except InputError as fault:
            self._leave_out(sample, fault.what)
            return None
        return Utterance(
            audio_filepath=path,
            offset=row.number("offset", default=0.0, least=0.0),
            image_filepath=self._image(sample),
            **utterance_fields(row, self.ids, sample.key, self.lang, duration, self.lost),
        )

    def _image(self, sample: Sample) -> Path | None:
        ending = _one(sample, IMAGES)
        if ending is None:
            return None
        content = sample.files[ending]
        digest = hashlib.sha256(content).hexdigest()
        return self._write(Path("images") / digest[:2] / f"{digest[:32]}.{ending}", content)

    def _write(self, name: Path, content: bytes) -> Path:
        """Write a file; not atomically, since the manifest that names it comes after."""
        path = self.folder / name
        if not path.exists() or path.stat().st_size != len(content):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return path

    def _leave_out(self, sample: Sample, reason: str) -> None:
        self.left_out.append(LeftOut(sample.where, None, reason, broken=True))


def _row(sample: Sample) -> Fields:
    """What is said of the sample, `txt` and `language` in their places."""
    try:
        told = sample.files.get(_ROW, b"{}").decode()
        text = sample.files.get(_TEXT, b"").decode()
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8: {error}", where=sample.where, remedy="write it as UTF-8") from error
    row = Fields.parse(told, sample.where)
    otherwise: Mapping[str, Any] = {"text": text.strip() or None, "lang": row.values.get(_LANGUAGE)}
    values = {key: value for key, value in row.values.items() if value is not None}
    return Fields({**{key: value for key, value in otherwise.items() if value}, **values}, row.where)


def _one(sample: Sample, endings: frozenset[str]) -> str | None:
    """The first of some endings that the sample has."""
    return next((ending for ending in sample.files if ending in endings), None)


def _unread(sample: Sample) -> Iterator[str]:
    """The endings of the files that say nothing to a manifest."""
    taken = {_ROW, _TEXT, _one(sample, AUDIO), _one(sample, IMAGES)}
    yield from (ending for ending in sample.files if ending not in taken)
