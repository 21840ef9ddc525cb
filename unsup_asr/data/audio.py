"""Reading and writing recordings."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from unsup_asr.errors import InputError
from unsup_asr.files import replacing

# Headers, manifests and lossy codecs round: a recording may fall short of its promise by this many seconds.
ROUNDING = 0.1

# Programs that write to a pipe cannot know the length and put one of the largest there is.
_LENGTH_UNKNOWN = 0x7FFF0000

# A TypeError is for files named `.raw`, which are taken to have no header.
_UNREADABLE = (soundfile.LibsndfileError, TypeError)


@dataclass(frozen=True, slots=True)
class AudioHeader:
    """What a recording says of itself: its seconds, and samples per second."""

    duration: float
    rate: int


def read_header(path: str | Path) -> AudioHeader:
    """Read what a recording says of itself, and no sample.

    Raises:
        InputError: missing, empty, truncated (as far as a WAV's size tells) or no audio.
    """
    path = Path(path)
    check_whole(path)
    try:
        # Quicker by far than soundfile.info, which has libsndfile write a log.
        with soundfile.SoundFile(path) as file:
            return AudioHeader(file.frames / file.samplerate, file.samplerate)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error


def read_audio(
    path: str | Path, rate: int = 16000, offset: float = 0.0, duration: float | None = None
) -> npt.NDArray[np.float32]:
    """Read a recording, or a stretch of it, as one channel at one sampling rate.

    Channels are averaged; other rates are resampled by soxr.

    Args:
        path: any format that libsndfile reads (WAV, FLAC, Ogg, MP3, …).
        rate: samples per second to return.
        offset: where to start, in seconds.
        duration: seconds to read; the rest of the recording if None.

    Returns:
        Samples [n], full scale ±1.

    Raises:
        InputError: missing, empty, truncated or no audio; samples that are not finite; a stretch outside it.
    """
    path = Path(path)
    check_whole(path)
    try:
        with soundfile.SoundFile(path) as file:
            own_rate: int = file.samplerate
            samples = _read_stretch(file, path, offset, duration)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error
    if not np.isfinite(samples).all():
        position = int(np.argmin(np.isfinite(samples).all(axis=1))) / own_rate + offset
        fault = f"a sample at {position:.3f} s is not finite"
        raise InputError(fault, where=path, remedy="write the recording anew, or leave it out")
    mono = samples.mean(axis=1, dtype=np.float32)
    return mono if own_rate == rate else np.asarray(soxr.resample(mono, own_rate, rate), np.float32)


def write_audio(path: str | Path, samples: npt.NDArray[np.floating], rate: int) -> None:
    """Write samples [n] (full scale ±1, clipped there) as 16-bit WAV, atomically.

    The same samples always yield the same bytes.

    Raises:
        ValueError: the samples are not one-dimensional or not finite.
    """
    if samples.ndim != 1 or not np.isfinite(samples).all():
        raise ValueError(f"{path}: finite samples [n] are wanted, these are {samples.shape}")
    pcm = np.clip(np.round(samples.astype(np.float64) * 32768), -32768, 32767).astype(np.int16)
    with replacing(Path(path)) as temporary:
        soundfile.write(temporary, pcm, rate, format="WAV", subtype="PCM_16")


def _unreadable(path: Path, error: Exception) -> InputError:
    fault = f"not readable as audio: {getattr(error, 'error_string', None) or 'damaged or cut short'}"
    return InputError(fault, where=path, remedy="convert it to WAV or fetch it again")


def _read_stretch(
    file: soundfile.SoundFile, path: Path, offset: float, duration: float | None
) -> npt.NDArray[np.float32]:
    """Samples [n, channels] of the stretch wanted."""
    start, length = round(offset * file.samplerate), file.frames
    if length == 0:
        raise InputError("holds no samples", where=path, remedy="leave it out or record it again")
    if not 0 <= start < length:
        fault = f"offset {offset:g} s lies outside its {length / file.samplerate:g} s"
        raise InputError(fault, where=path, remedy="correct `offset`")
    wanted = length - start if duration is None else round(duration * file.samplerate)
    if wanted <= 0:
        raise InputError(f"duration {duration} s holds no sample", where=path, remedy="correct `duration`")
    file.seek(start)
    samples: npt.NDArray[np.float32] = file.read(wanted, dtype="float32", always_2d=True)
    if len(samples) < wanted - ROUNDING * file.samplerate or len(samples) == 0:
        found = f"{len(samples) / file.samplerate:g} s from {offset:g} s on"
        fault = f"{wanted / file.samplerate:g} s are promised, there are {found}: truncated"
        raise InputError(fault, where=path, remedy="fetch it again, or correct `offset` and `duration`")
    return samples


def check_whole(path: Path) -> None:
    """Refuse a file that is missing or empty, or a WAV shorter than its header says.

    libsndfile reads what is left of a truncated WAV without a word, so the header is read here.

    Raises:
        InputError: it is one of these.
    """
    try:
        size = path.stat().st_size
        if size == 0:
            raise InputError("is empty", where=path, remedy="fetch it again or leave it out")
        promised = _wav_data_end(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"cannot be read: {reason}", where=path, remedy="check the path") from error
    if promised is not None and promised > size:
        fault = f"truncated: its header promises {promised} bytes, there are {size}"
        raise InputError(fault, where=path, remedy="fetch it again or leave it out")


def _wav_data_end(path: Path) -> int | None:
    """The byte at which a WAV's samples end by its header; None for other formats or an unknown length."""
    with path.open("rb") as file:
        if file.read(4) != b"RIFF" or file.read(8)[4:] != b"WAVE":
            return None
        while len(header := file.read(8)) == 8:
            kind, size = struct.unpack("<4sI", header)
            if kind == b"data":
                return None if size >= _LENGTH_UNKNOWN else file.tell() + int(size)
            file.seek(size + size % 2, 1)  # chunks are padded to even lengths
    return None
