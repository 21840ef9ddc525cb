"""The heads of recordings, many at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import soundfile

from unsup_asr.corpora.published.recordings import look_at
from unsup_asr.errors import InputError


@dataclass(frozen=True, slots=True)
class Header:
    """What the head of a recording tells: samples per second, how many of each channel, and channels."""

    rate: int
    samples: int
    channels: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.samples / self.rate


def read_header(path: Path) -> Header:
    """The head of a recording.

    Raises:
        InputError: it is missing, empty or no audio.
    """
    try:
        with soundfile.SoundFile(path) as file:
            header = Header(file.samplerate, file.frames, file.channels)
    except (soundfile.LibsndfileError, OSError) as error:
        fault = "not readable as audio" if path.is_file() else "recording is missing"
        raise InputError(fault, where=path, remedy="fetch it again, or leave it out") from error
    if header.samples <= 0:
        raise InputError("recording is empty", where=path, remedy="leave it out")
    return header


def read_headers(paths: Iterable[Path]) -> dict[Path, Header | InputError]:
    """The head of each recording, or what is wrong with it; one that comes often is looked at once."""
    distinct = list(dict.fromkeys(paths))
    return dict(zip(distinct, look_at(_header_or_fault, distinct, "reading headers"), strict=True))


def _header_or_fault(path: Path) -> Header | InputError:
    try:
        return read_header(path)
    except InputError as fault:
        return fault
