"""Running speech from recordings of single spoken digits."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Word
from unsup_asr.errors import InputError

RATE = 16000

Samples = npt.NDArray[np.float32]

# Every tenth recording of a digit and speaker is for test, every tenth for validation. FSDD's own test set is the
# first five; but speakers recorded in sessions, and a session heard in no other split is another microphone.
_EVERY = 10
_TEST_REMAINDER, _VALIDATION_REMAINDER = 0, 5

_NAME = re.compile(r"(\d)_([^_]+)_(\d+)\.wav")
_WHERE_TO_GET_IT = (
    "clone github.com/Jakobovski/free-spoken-digit-dataset "
    "and set data.fsdd=…/free-spoken-digit-dataset/recordings"
)
_SPEECH_DB = -35.0  # softer than this below a recording's loudest frame is silence, to be trimmed
_FRAME, _HOP = 400, 80  # samples; where sound begins and ends is told to 5 ms
_PAUSE = 0.2  # seconds; no word of one or two syllables pauses for longer, closures of stops included
_SHORTEST = 0.08  # seconds of a word: room for an overlap at either end
_LEVEL = 0.06  # RMS of a word, of full scale 1
_GAPS = (-0.04, 0.08)  # seconds between words; below 0 they overlap
_MARGINS = (0.1, 0.3)  # seconds of room noise before and after
_FADE = 0.005  # seconds, against clicks where words do not overlap
_WORD_DB, _UTTERANCE_DB = 2.0, 4.0  # levels vary by as much up and down
_NOISE_DB = (-35.0, -22.0)  # room noise, relative to the speech


@dataclass(frozen=True, slots=True)
class Speech:
    """An utterance: its samples [n] at 16 kHz and the times of its words."""

    samples: Samples
    words: tuple[Word, ...]


class SpokenDigits:
    """The recordings of the Free Spoken Digit Dataset, shared out among the splits.

    Args:
        folder: holds `{digit}_{speaker}_{index}.wav`.
        test_speaker: heard in the test split only, and alone there. If None, every speaker is heard in every
            split, with other recordings.

    Raises:
        InputError: the folder is missing or not the dataset, the speaker is unknown, a split lacks a digit.
    """

    def __init__(self, folder: str | Path | None, test_speaker: str | None) -> None:
        if folder is None or not Path(folder).is_dir():
            raise InputError("no folder of spoken digits", where=folder, remedy=_WHERE_TO_GET_IT)
        names = [(path, _NAME.fullmatch(path.name)) for path in sorted(Path(folder).glob("*.wav"))]
        found = [(path, int(n[1]), n[2], int(n[3])) for path, n in names if n is not None]
        self._paths: dict[tuple[str, str, int], list[Path]] = defaultdict(list)
        for path, digit, speaker, index in found:
            self._paths[_split(speaker, index, test_speaker), speaker, digit].append(path)
        self._cache: dict[Path, Samples] = {}
        self._check(Path(folder), {speaker for _, _, speaker, _ in found}, test_speaker)

    def speakers(self, split: str) -> list[str]:
        """Who is heard in a split, in alphabetical order."""
        return sorted({speaker for own, speaker, _ in self._paths if own == split})

    def word(self, split: str, speaker: str, digit: int, rng: np.random.Generator) -> Samples:
        """A recording of a digit, drawn at random; without silence, at one level, at 16 kHz."""
        paths = self._paths[split, speaker, digit]
        path = paths[rng.integers(len(paths))]
        if path not in self._cache:
            self._cache[path] = _word_of(path)
        return self._cache[path]

    def _check(self, folder: Path, speakers: set[str], test_speaker: str | None) -> None:
        if not speakers:
            fault = "holds no {digit}_{speaker}_{index}.wav"
            raise InputError(fault, where=folder, remedy=_WHERE_TO_GET_IT)
        if test_speaker is not None and test_speaker not in speakers:
            known = f"set data.test_speaker to one of {', '.join(sorted(speakers))}"
            raise InputError(f"no recordings by {test_speaker!r}", where=folder, remedy=known)
        for split in ("train", "validation", "test"):
            heard = self.speakers(split)
            lacking = [(s, d) for s in heard for d in range(10) if (split, s, d) not in self._paths]
            if lacking or not heard:
                who = "any speaker" if not heard else f"{lacking[0][0]} saying {lacking[0][1]}"
                raise InputError(f"no {split} recording of {who}", where=folder, remedy=_WHERE_TO_GET_IT)


def join(words: list[Samples], names: list[str], rng: np.random.Generator) -> Speech:
    """Join words to an utterance in room noise.

    Neighbours stand up to 80 ms apart or overlap by up to 40 ms, cross-faded; where they overlap, the one's
    end and the other's start are the middle of the overlap.

    Args:
        words: the samples [n] of each word.
        names: what each word says.
        rng: draws gaps, margins, levels and noise.
    """
    gaps = np.round(rng.uniform(*_GAPS, size=len(words) - 1) * RATE).astype(int)
    lead, trail = np.round(rng.uniform(*_MARGINS, size=2) * RATE).astype(int)
    lengths = np.array([len(word) for word in words])
    starts = lead + np.concatenate([[0], np.cumsum(lengths[:-1] + gaps)])
    ends = starts + lengths
    speech = np.zeros(ends[-1] + trail, dtype=np.float32)
    fades = np.maximum(np.concatenate([[0], -gaps, [0]]), round(_FADE * RATE))
    for i, word in enumerate(words):
        gain = _decibels(rng.uniform(-_WORD_DB, _WORD_DB))
        speech[starts[i] : ends[i]] += gain * _faded(word, fades[i], fades[i + 1])
    noise = _LEVEL * _decibels(rng.uniform(*_NOISE_DB)) * _room_noise(len(speech), rng)
    mixed = (speech + noise) * _decibels(rng.uniform(-_UTTERANCE_DB, _UTTERANCE_DB))
    mixed /= max(1.0, float(np.abs(mixed).max()))
    return Speech(mixed, _word_times(names, starts, ends, gaps))


def _word_times(
    names: list[str], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], gaps: npt.NDArray[np.int64]
) -> tuple[Word, ...]:
    overlaps = np.maximum(np.concatenate([[0], -gaps, [0]]), 0) / 2
    first, last = (starts + overlaps[:-1]) / RATE, (ends - overlaps[1:]) / RATE
    return tuple(
        Word(name, round(float(start), 6), round(float(end), 6))
        for name, start, end in zip(names, first, last, strict=True)
    )


def _split(speaker: str, index: int, test_speaker: str | None) -> str:
    test = index % _EVERY == _TEST_REMAINDER if test_speaker is None else speaker == test_speaker
    if test:
        return "test"
    return "validation" if index % _EVERY == _VALIDATION_REMAINDER else "train"


def _word_of(path: Path) -> Samples:
    """A recording without the silence around the word, its RMS level set."""
    samples = read_audio(path, RATE)
    if not samples.any():
        raise InputError("is silent throughout", where=path, remedy="remove it from the dataset")
    start, end = _word_interval(samples)
    word = samples[start:end]
    if len(word) < _SHORTEST * RATE:
        fault = f"holds {len(word) / RATE:.3f} s of sound, a word takes {_SHORTEST} s or more"
        raise InputError(fault, where=path, remedy="remove it from the dataset")
    level = np.sqrt(np.mean(np.square(word), dtype=np.float64))
    levelled: Samples = word * np.float32(_LEVEL / level)
    return levelled


def _word_interval(samples: Samples) -> tuple[int, int]:
    """First sample of the word and the one past its end.

    What sounds before or after a long pause is a click or a breath; the word has the most energy.
    """
    sounds = _sounds(samples)
    pauses = np.flatnonzero(sounds[1:, 0] - sounds[:-1, 1] > _PAUSE * RATE) + 1
    parts = [(int(part[0, 0]), int(part[-1, 1])) for part in np.split(sounds, pauses)]
    return max(parts, key=lambda part: float(np.sum(np.square(samples[part[0] : part[1]]))))


def _sounds(samples: Samples) -> npt.NDArray[np.int64]:
    """Beginnings and ends [n, 2], in samples, of all that is not silence.

    The same as `librosa.effects.split`, whose import takes longer than a corpus of some hundred utterances.
    """
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    middles = np.arange(0, len(samples) + 1, _HOP)
    begins, ends = np.maximum(middles - _FRAME // 2, 0), np.minimum(middles + _FRAME // 2, len(samples))
    power = energy[ends] - energy[begins]
    loud = power > power.max() * 10 ** (_SPEECH_DB / 10)
    changes = np.flatnonzero(np.diff(loud, prepend=False, append=False))
    return np.minimum(changes.reshape(-1, 2) * _HOP, len(samples))


def _faded(word: Samples, fade_in: int, fade_out: int) -> Samples:
    """A word with raised-cosine ramps, which add up to 1 where two words cross."""
    faded = word.copy()
    faded[:fade_in] *= _ramp(fade_in)
    faded[-fade_out:] *= _ramp(fade_out)[::-1]
    return faded


def _ramp(n: int) -> Samples:
    ramp: Samples = np.square(np.sin(np.pi / 2 * (np.arange(n, dtype=np.float32) + 0.5) / n))
    return ramp


def _room_noise(n: int, rng: np.random.Generator) -> Samples:
    """Pink noise [n] above 50 Hz, RMS about 1: a random spectrum, weighted by 1/√f."""
    length = -(-n // 4096) * 4096  # the FFT is fast at multiples of a power of two
    frequencies = np.fft.rfftfreq(length, 1 / RATE)
    colour = np.where(frequencies >= 50, 1 / np.sqrt(np.maximum(frequencies, 50)), 0.0).astype(np.float32)
    white = rng.standard_normal(2 * len(frequencies), dtype=np.float32).view(np.complex64)
    noise = np.fft.irfft(colour * white, length).astype(np.float32, copy=False)
    noise /= np.sqrt(np.mean(np.square(noise)))
    return noise[:n]


def _decibels(decibels: float) -> float:
    return float(10 ** (decibels / 20))
