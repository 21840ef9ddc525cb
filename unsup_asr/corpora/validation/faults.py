"""The faults that an entry of a manifest can have."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Fault(Enum):
    """What can be wrong; the value is its name in tables and lists.

    Those marked as notes are told and counted, but leave an entry usable.
    """

    ROW = "not a manifest row"
    WORD_TIMES = "word outside the recording, or out of order"
    DUPLICATE_ID = "duplicate id"
    MISSING_RECORDING = "recording is missing"
    EMPTY_RECORDING = "recording is empty"
    CORRUPT_RECORDING = "recording is corrupt"
    DURATION = "wrong duration"
    RATE = "impossible sampling rate"
    LOW_RATE = "note: sampling rate below 16 kHz"
    SILENT = "recording is silent"
    CLIPPED = "recording is clipped"
    MISSING_PICTURE = "picture is missing"
    CORRUPT_PICTURE = "picture is corrupt"
    DUPLICATE_RECORDING = "duplicate recording"
    RECORDING_LEAK = "recording of another split"
    PICTURE_LEAK = "picture of another split"
    CAPTION_LEAK = "test reference among the captions"
    SHORT_CAPTION_LEAK = "note: short test reference among the captions"

    @property
    def is_note(self) -> bool:
        """Whether it leaves the entry usable."""
        return self in _NOTES


_NOTES = frozenset({Fault.LOW_RATE, Fault.SHORT_CAPTION_LEAK})


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of one entry.

    Attributes:
        fault: which.
        manifest: the file.
        line: in it, counted from 1.
        id: the entry's, where it can be read.
        detail: the bound, the value, or the other entry that is concerned.
    """

    fault: Fault
    manifest: Path
    line: int
    id: str | None
    detail: str

    @property
    def row(self) -> dict[str, object]:
        """What is written down of it."""
        place = {"id": self.id, "manifest": str(self.manifest), "line": self.line}
        return {**place, "fault": self.fault.value, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Examination:
    """What one file, or a stretch of it, was found to be.

    Attributes:
        faults: each with its detail.
        seconds: of the whole recording, where its header could be read.
        digest: of the sound or the picture itself, where it was decoded; equal for two copies.
    """

    faults: tuple[tuple[Fault, str], ...] = ()
    seconds: float | None = None
    digest: str | None = None
