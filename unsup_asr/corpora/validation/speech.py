"""What is wrong with the recording of an utterance: by its header, and by its sound."""

from collections.abc import Iterator
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from unsup_asr.corpora.validation.entries import Entry
from unsup_asr.corpora.validation.faults import Examination, Fault
from unsup_asr.data.audio import ROUNDING, AudioHeader, read_audio, read_header
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError

# Speech encoders hear up to 8 kHz; telephones carry half of that, and nothing records at more than 192 kHz.
WANTED_RATE = 16_000
POSSIBLE_RATES = (8_000, 192_000)

# Below −60 dB of full scale, even in its loudest 20 ms, nobody speaks.
SILENCE, _FRAME_SECONDS = 1e-3, 0.02

# A flat top is three samples or more at full scale. Speech is clipped where that is one sample in a thousand.
_FULL_SCALE, _FLAT, CLIPPED_SHARE = 0.999, 3, 1e-3

_DIGEST_BYTES = 16


def examine_speech(entry: Entry, deep: bool) -> Examination:
    """Look at the recording of an entry.

    Args:
        entry: of a manifest.
        deep: whether to decode the utterance, too: only then silence, clipping, damage beyond the header and
            copies under another name are found.
    """
    path = entry.utterance.audio_filepath
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:  # a ValueError is for a name that no file can have
        reason = getattr(error, "strerror", None) or str(error)
        return Examination(((Fault.MISSING_RECORDING, f"{path}: {reason}"),))
    if size == 0:
        return Examination(((Fault.EMPTY_RECORDING, f"{path} holds no byte"),))
    try:
        header = read_header(path)
    except InputError as error:
        return Examination(((Fault.CORRUPT_RECORDING, f"{path}: {error.what}"),))
    if header.duration == 0:
        return Examination(((Fault.EMPTY_RECORDING, f"{path} holds no sample"),), 0.0)
    faults = tuple(_header_faults(entry, header))
    if not deep or any(not fault.is_note for fault, _ in faults):
        return Examination(faults, header.duration)
    heard, digest = _listen(entry.utterance, header)
    return Examination((*faults, *heard), header.duration, digest)


def _header_faults(entry: Entry, header: AudioHeader) -> Iterator[tuple[Fault, str]]:
    utterance, seconds = entry.utterance, header.duration
    end = utterance.offset + utterance.duration
    if end > seconds + ROUNDING or utterance.offset >= seconds:
        yield Fault.DURATION, f"the manifest asks for {end:g} s of it, the recording has {seconds:g} s"
    if (last := utterance.offset + entry.words_end) > seconds + ROUNDING:
        yield Fault.WORD_TIMES, f"the last word ends at {last:g} s, the recording at {seconds:g} s"
    lowest, highest = POSSIBLE_RATES
    if not lowest <= header.rate <= highest:
        yield Fault.RATE, f"{header.rate} Hz, speech is recorded at {lowest}–{highest} Hz"
    elif header.rate < WANTED_RATE:
        yield Fault.LOW_RATE, f"{header.rate} Hz"


def _listen(utterance: Utterance, header: AudioHeader) -> tuple[list[tuple[Fault, str]], str | None]:
    """Faults of the sound itself, and its digest; silence has none, or all silence would be alike."""
    # Manifests round: a recording used whole is read whole, so that its copies have the same samples.
    whole = utterance.offset == 0 and utterance.duration > header.duration - ROUNDING
    duration = None if whole else utterance.duration
    try:
        samples = read_audio(utterance.audio_filepath, header.rate, utterance.offset, duration)
    except InputError as error:
        return [(Fault.CORRUPT_RECORDING, f"{utterance.audio_filepath}: {error.what}")], None
    loudest = loudest_frame(samples, header.rate)
    if loudest < SILENCE:
        level = f"{20 * np.log10(loudest):.0f} dB" if loudest else "no signal"
        return [
            (Fault.SILENT, f"{level} where it is loudest, silent below {20 * np.log10(SILENCE):g} dB")
        ], None
    digest = blake2b(
        np.round(samples * 32768).astype(np.int32).tobytes(), digest_size=_DIGEST_BYTES
    ).hexdigest()
    share = clipped_share(samples)
    if share > CLIPPED_SHARE:
        return [
            (Fault.CLIPPED, f"{share:.1%} of the samples lie in flat tops, {CLIPPED_SHARE:.1%} may")
        ], digest
    return [], digest


def loudest_frame(samples: npt.NDArray[np.float32], rate: int) -> float:
    """Root mean square of the loudest 20 ms of samples [n], full scale ±1: a click alone is not loud."""
    length = min(round(_FRAME_SECONDS * rate), len(samples))
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    return float(np.sqrt(np.square(frames, dtype=np.float64).mean(axis=1).max()))


def clipped_share(samples: npt.NDArray[np.float32]) -> float:
    """The share of samples [n], full scale ±1, that begin three in a row at full scale, on one side."""
    if len(samples) < _FLAT:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(samples, _FLAT)
    flat = (windows >= _FULL_SCALE).all(axis=1) | (windows <= -_FULL_SCALE).all(axis=1)
    return float(flat.mean())
