"""How long recordings are, at which rate, and which cannot be used, told by their headers alone."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import soundfile

from unsup_asr.data.audio import AudioHeader, check_whole
from unsup_asr.errors import InputError
from unsup_asr.progress import progress

MISSING, EMPTY = "recording is missing", "recording is empty"
UNREADABLE, TRUNCATED = "recording is unreadable", "recording is truncated"

# Opening a file waits for the disk, or for a server, most of the time.
_THREADS = 16
_BATCH = 256

T = TypeVar("T")


def probe(paths: Sequence[Path], what: str = "checking recordings") -> list[AudioHeader | str]:
    """The duration and the rate of each recording, or why it cannot be used.

    No sample is read, so that thousands are looked at in a second; what a sound header hides shows when the
    recording is read.

    Args:
        paths: the recordings.
        what: is done, to be shown with the progress.

    Returns:
        For each path a header, of a duration above 0, or a reason: MISSING, EMPTY, UNREADABLE or TRUNCATED.
    """
    return look_at(_header, paths, what)


def look_at(look: Callable[[Path], T], paths: Sequence[Path], what: str) -> list[T]:
    """What `look` tells of each file, many being looked at at once."""
    found: list[T] = []
    batches = [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]
    with ThreadPoolExecutor(_THREADS) as pool, progress(what, len(paths)) as report:
        for batch in pool.map(lambda batch: _each(look, batch), batches):
            found += batch
            report(len(found))
    return found


def _each(look: Callable[[Path], T], paths: Iterable[Path]) -> list[T]:
    return [look(path) for path in paths]


def _header(path: Path) -> AudioHeader | str:
    try:
        if path.stat().st_size == 0:
            return EMPTY
        # Quicker by far than soundfile.info, which has libsndfile write a log.
        with soundfile.SoundFile(path) as file:
            header = AudioHeader(file.frames / file.samplerate, file.samplerate)
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except (OSError, soundfile.LibsndfileError):
        return UNREADABLE
    try:
        check_whole(path)
    except InputError:
        return TRUNCATED
    return header if header.duration > 0 else EMPTY
