"""The entries of manifests, read line by line: a line that is no entry is a finding, not the end."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from unsup_asr.corpora.validation.faults import Fault, Finding
from unsup_asr.data.fields import Fields
from unsup_asr.data.manifest import Utterance, WordTimesError, utterance_of
from unsup_asr.errors import InputError

_SPLITS = {"train": "train", "val": "validation", "valid": "validation", "validation": "validation",
           "dev": "validation", "test": "test"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a manifest.

    Attributes:
        manifest: the file.
        line: in it, counted from 1.
        split: of the manifest, see `split_of`.
        utterance: without its words, which take most of the space.
        words_end: second of the utterance at which its last word ends.
    """

    manifest: Path
    line: int
    split: str
    utterance: Utterance
    words_end: float = 0.0

    def finding(self, fault: Fault, detail: str) -> Finding:
        """A fault of this entry."""
        return Finding(fault, self.manifest, self.line, self.utterance.id, detail)

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.manifest.name}:{self.line} ({self.utterance.id})"


def split_of(manifest: Path) -> str:
    """`train`, `validation` or `test` where its name begins so (`dev_en.jsonl`), else a split of its own."""
    head = re.match(r"[a-z]*", manifest.stem)
    return _SPLITS.get(head[0] if head else "", str(manifest))


def read_entries(manifest: Path) -> Iterator[Entry | Finding]:
    """The entries of a manifest, and its lines that are none; one with bad word times is both.

    Empty lines are passed over.

    Raises:
        InputError: the file cannot be read, or holds no line.
    """
    split, empty = split_of(manifest), True
    try:
        with manifest.open("rb") as file:
            for line, raw in enumerate(file, start=1):
                if raw.strip():
                    empty = False
                    yield from _read_entry(raw, manifest, line, split)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"cannot be read: {reason}", where=manifest, remedy="check the path") from error
    if empty:
        raise InputError("holds no utterance", where=manifest, remedy="write one JSON object a line")


def _read_entry(raw: bytes, manifest: Path, line: int, split: str) -> Iterator[Entry | Finding]:
    row = None
    try:
        text = raw.removeprefix(codecs.BOM_UTF8 if line == 1 else b"").decode()
        row = Fields.parse(text, where=f"{manifest}:{line}")
        yield _entry(row, manifest, line, split)
    except WordTimesError as error:
        assert row is not None
        wordless = Fields({**row.values, "words": None}, row.where)
        entry = _entry(wordless, manifest, line, split)
        yield entry
        yield entry.finding(Fault.WORD_TIMES, error.what)
    except UnicodeDecodeError as error:
        detail = f"not UTF-8: byte 0x{raw[error.start]:02x}"
        yield Finding(Fault.ROW, manifest, line, None, detail)
    except InputError as error:
        id = row.values.get("id") if row else None
        known = id if isinstance(id, str) and _is_whole(id) else None
        yield Finding(Fault.ROW, manifest, line, known, error.what)


def _entry(row: Fields, manifest: Path, line: int, split: str) -> Entry:
    utterance = utterance_of(row, manifest.parent)
    files = (utterance.audio_filepath, utterance.image_filepath)
    texts = (utterance.id, *map(str, files), utterance.image_id or "", utterance.text or "")
    if not all(map(_is_whole, (*texts, *utterance.translations))):
        raise row.error("holds half a character, a lone surrogate", "write its other half, too")
    words_end = max((word.end for word in utterance.words), default=0.0)
    return Entry(manifest, line, split, replace(utterance, words=()), words_end)


def _is_whole(text: str) -> bool:
    """Whether it holds whole characters only: JSON can escape halves of them, but nothing can write them down."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
