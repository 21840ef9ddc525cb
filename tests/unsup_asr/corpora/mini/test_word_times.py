"""Word times, against planted marks, the engine's own marks, and the sound itself."""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.corpora.mini.engine import Engine
from unsup_asr.corpora.mini.word_times import Event, Synthesis, divide_phonemes, word_times
from unsup_asr.errors import InputError

MISSING = importlib.util.find_spec("espeakng_loader") is None
needs_engine = pytest.mark.skipif(MISSING, reason="espeakng-loader is not installed (extra mini)")

VOICE = "en-us+m3"
SENTENCES = (
    "there is a small red dog to the left of the tree on the beach at night",
    "two black cats are sleeping in the snow",
    "on a sunny day we see a picture of an old man with the ball",
    "a man in an orange hat is looking at a bird in a row",
    "some animals swim under an umbrella in the ocean",
)


def _marks(text: str) -> tuple[Event, ...]:
    """`0@0 D@130`: a word at the text's character 0 marked at sample 0, a phoneme D at sample 130."""
    marks = (mark.rsplit("@", 1) for mark in text.split())
    return tuple(
        Event(int(sample), position=int(name)) if name.isdigit() else Event(int(sample), mnemonic=name)
        for name, sample in marks
    )


def _times(words: str, alone: str, marks: str, quiet: slice | None = None) -> list[tuple[float, float]]:
    samples = np.tile(np.array([1000, -1000], np.int16), 500)
    if quiet is not None:
        samples[quiet] = 0
    pronunciations = tuple(tuple(word.split("-")) for word in alone.split())
    return word_times(Synthesis(tuple(words.split()), samples, 1000, _marks(marks), pronunciations))


def test_words_with_marks_of_their_own() -> None:
    times = _times("see cats", "s-i: k-a-t-s", "0@0 s@10 i:@80 4@150 k@200 a@250 t@300 s@350 _:@420 _@430")
    assert times == [(0.01, 0.15), (0.15, 0.42)]


def test_words_run_together_are_divided_by_their_phonemes() -> None:
    times = _times("in the row", "I-n D-@2 r-oU", "0@0 I@0 n@60 D@120 @2@170 7@230 r@230 oU@300 _:@400")
    assert times == [(0.0, 0.12), (0.12, 0.23), (0.23, 0.4)]


def test_a_nasal_before_a_vowel_stays_with_its_word() -> None:
    times = _times("an egg", "a-n E-g", "0@0 a@0 n@90 3@90 E@150 g@300 _:@400")
    assert times[0][1] == times[1][0] == pytest.approx(0.13)


def test_words_before_and_after_a_pause_leave_it_out() -> None:
    times = _times("man and", "m-a-n a-n-d", "0@0 m@0 a@50 n@90 _:@150 4@250 a@250 n@300 d@330 _:@400")
    assert times == [(0.0, 0.15), (0.25, 0.4)]


def test_a_closure_inside_a_group_belongs_to_the_stop() -> None:
    marks = "0@0 h@0 a@50 z@100 t@250 U@300 _:@400"
    assert _times("has to", "h-a-z t-u:", marks, slice(200, 250))[1][0] == pytest.approx(0.2)


def test_fewer_sounds_than_words_are_refused() -> None:
    with pytest.raises(InputError, match="makes 1 sounds of the 2 words 'in the'"):
        _times("in the", "I-n D-@2", "0@0 I@0 _:@60")


SOUNDS = st.lists(st.sampled_from(["a", "i:", "@2", "n", "t", "D", "s", "r-"]), min_size=1, max_size=4)


@given(st.lists(SOUNDS, min_size=1, max_size=4))
def test_words_said_as_when_alone_are_divided_exactly_or_as_well(words: list[list[str]]) -> None:
    heard = tuple(sound for word in words for sound in word)
    shares = divide_phonemes(heard, words)
    assert sum(shares) == len(heard) and min(shares) >= 1
    ends = np.cumsum([0, *shares])
    rebuilt = [list(heard[first:last]) for first, last in pairwise(ends)]
    assert rebuilt == words


@pytest.mark.parametrize(
    "heard, alone, shares",
    [
        ("@ v @", "V-v eI", [2, 1]),
        ("f 3 r- @", "f-O@ eI", [3, 1]),
        ("w I D D @2", "w-I-D D-@2", [3, 2]),
        ("h a d t @", "h-a-d t-u:", [3, 2]),
        ("m V s t a# v", "m-V-s-t h-a-v", [4, 2]),
        ("w U d h a v t @", "w-U-d h-a-v t-u:", [3, 3, 2]),
        ("I n a# r oU", "I-n eI r-oU", [2, 1, 2]),
    ],
)
def test_reduced_words_are_divided(heard: str, alone: str, shares: list[int]) -> None:
    assert divide_phonemes(tuple(heard.split()), [word.split("-") for word in alone.split()]) == shares


# --- against the engine's own marks: the same phonemes, given word by word, have a mark each

PHONEME_INPUT = """
import sys
from unsup_asr.corpora.mini import espeak
espeak._UTF8 |= 0x100  # espeakPHONEMES: text in [[ ]] is phonemes
espeak.serve(sys.stdin.buffer, sys.stdout.buffer)
"""


class _PhonemeEngine(Engine):
    def __init__(self) -> None:
        super().__init__()
        self._process.kill()
        self._process.communicate()
        self._process = subprocess.Popen(
            [sys.executable, "-c", PHONEME_INPUT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )


RUN_TOGETHER = {
    "in the": ("%In", "D@2"),
    "on the": ("%O2n", "D@2"),
    "of the": ("%Vv", "D@2"),
    "of a": ("@v", "a#"),
    "for the": ("f3", "D@2"),
    "for a": ("f3", "a#"),
    "with the": ("%wID", "D@2"),
    "from the": ("%frVm", "D@2"),
    "to be": ("t@", "b%i"),
}


@needs_engine
def test_run_together_words_change_where_the_engine_marks_them_when_given_apart() -> None:
    errors = []
    with _PhonemeEngine() as engine:
        for pair, (first, second) in RUN_TOGETHER.items():
            for before, after in (("we see dogs", "snow today"), ("a man runs", "box here")):
                opening = before.split()
                together = engine.say((*opening, *pair.split(), *after.split()), VOICE, 165, 50)
                apart = engine.say(
                    (*opening, f"[[{first}]]", f"[[{second}]]", *after.split()), VOICE, 165, 50
                )
                times = word_times(together)[len(opening)][0], word_times(together)[len(opening) + 1][0]
                assert len([event for event in together.events if event.position is not None]) == 6
                marks = [event.sample for event in apart.events if event.position is not None]
                reference = (marks[len(opening) + 1] - marks[len(opening)]) / apart.sample_rate
                errors.append(abs(times[1] - times[0] - reference))
    # Given apart, a consonant gets 13 ms of silence before it that words run together do not have.
    assert max(errors) < 0.022
    assert np.mean(errors) < 0.012


# --- against the sound: the sentence said in two pieces, warped onto the sentence said in one

HOP, WINDOW, NEAR = 110, 256, 4  # samples at 22,050 Hz; frames


@dataclass(frozen=True)
class _Boundary:
    pair: str
    error: float  # seconds by which the claimed start lies outside what the warping allows
    mark_error: float | None  # the same for the engine's word mark alone
    sonorant_and_vowel: bool


def _features(samples: np.ndarray) -> np.ndarray:
    mel = librosa.feature.melspectrogram(
        y=samples.astype(np.float32) / 32768,
        sr=22050,
        n_fft=512,
        win_length=WINDOW,
        hop_length=HOP,
        n_mels=40,
    )
    return np.log(mel + 1e-5)


def _trimmed(samples: np.ndarray) -> np.ndarray:
    sounding = np.flatnonzero(np.abs(samples.astype(int)) > 100)
    return samples[sounding[0] : sounding[-1] + 1]


def _allowed(whole: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Frames between which the boundary lies: where the pieces meet, and the silence beside that."""
    frames = _features(whole)
    loud = librosa.util.frame(np.pad(np.abs(whole.astype(int)), HOP), frame_length=2 * HOP, hop_length=HOP)
    sounding = loud.max(axis=0)[: frames.shape[1]] > 150
    opening, closing = np.flatnonzero(sounding)[[0, -1]]
    pieces = np.concatenate([_features(_trimmed(first)), _features(_trimmed(second))], axis=1)
    cut = _features(_trimmed(first)).shape[1]
    path = librosa.sequence.dtw(pieces, frames[:, opening : closing + 1])[1]
    low = int(path[path[:, 0] == cut - 1, 1].max() + opening)
    high = int(path[path[:, 0] == cut, 1].min() + opening)
    quiet = ~sounding
    near_low = [frame for frame in range(low - NEAR, low + 1) if quiet[frame]]
    near_high = [frame for frame in range(high, min(high + NEAR, len(quiet))) if quiet[frame]]
    if near_low:
        low = near_low[-1] - int(np.argmin(quiet[near_low[-1] :: -1])) + 1
    if near_high:
        high = near_high[0] + int(np.argmin(quiet[near_high[0] :]))
    return low - 1, high + 1


def _outside(sample: float, low: float, high: float) -> float:
    frame = sample / HOP
    return max(low - frame, frame - high, 0.0) * HOP / 22050


def _boundaries(engine: Engine, sentence: str) -> Iterator[_Boundary]:
    words = tuple(sentence.split())
    whole = engine.say(words, VOICE, 165, 50)
    marks = {event.position: event.sample for event in whole.events if event.position is not None}
    for count in range(1, len(words)):
        start = word_times(whole)[count][0] * whole.sample_rate
        pieces = (engine.say(part, VOICE, 165, 50).samples for part in (words[:count], words[count:]))
        low, high = _allowed(whole.samples, *pieces)
        mark = marks.get(len(" ".join(words[:count])) + 1)
        yield _Boundary(
            pair=" ".join(words[count - 1 : count + 1]),
            error=_outside(start, low, high),
            mark_error=None if mark is None else _outside(mark, low, high),
            sonorant_and_vowel=bool(re.search("[mnlrg]e? [aeiou]", " ".join(words[count - 1 : count + 1]))),
        )


@needs_engine
def test_word_starts_are_where_the_sound_changes() -> None:
    with Engine() as engine:
        boundaries = [boundary for sentence in SENTENCES for boundary in _boundaries(engine, sentence)]
    # A sentence's second piece begins without the voiced closure of b, d, g: nothing to compare it with.
    compared = [boundary for boundary in boundaries if not re.search(" [bdg]", boundary.pair)]
    errors = np.array([boundary.error for boundary in compared])
    assert len(errors) > 40
    report = sorted(((b.error, b.pair) for b in compared), reverse=True)[:5]
    assert errors.mean() < 0.006, report
    assert np.mean(errors <= 0.02) >= 0.95, report
    # The warping is itself no better than this where a glide opens the word ("a row").
    assert errors.max() < 0.05, report
    # The engine's own marks will not do: before a vowel they stand at the beginning of the last word's nasal.
    late = [b for b in compared if b.sonorant_and_vowel and b.mark_error is not None]
    assert len(late) >= 5
    assert np.mean([b.mark_error for b in late]) > 0.02 > 2 * np.mean([b.error for b in late])
