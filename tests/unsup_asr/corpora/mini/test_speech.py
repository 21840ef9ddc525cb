"""Synthetic speech, by the real engine."""

import importlib.util
import os
import random
import signal
from pathlib import Path

import numpy as np
import pytest

from unsup_asr.corpora.mini.engine import Engine
from unsup_asr.corpora.mini.speech import SAMPLE_RATE, Request, speak
from unsup_asr.corpora.mini.voices import SPLITS, Voice, voices
from unsup_asr.errors import InputError

MISSING = importlib.util.find_spec("espeakng_loader") is None
needs_engine = pytest.mark.skipif(MISSING, reason="espeakng-loader is not installed (extra mini)")

TRAIN = voices("en", "train")
SENTENCES = (
    "there is a small red dog to the left of the tree on the beach at night",
    "two black cats are sleeping in the snow",
    "we see a picture of an old man",
    "on a sunny day the horse is running",
)


def _request(
    sentence: str = SENTENCES[1], voice: Voice = TRAIN[1], rate: int = 165, pitch: int = 50
) -> Request:
    return Request(tuple(sentence.split()), voice, rate, pitch)


def _requests() -> list[Request]:
    return [
        _request(sentence, voice, rate, pitch)
        for sentence in SENTENCES
        for voice, rate, pitch in zip(
            TRAIN[:6], (120, 150, 165, 180, 210, 240), range(30, 90, 10), strict=True
        )
    ]


@needs_engine
def test_words_come_back_in_order_with_times_inside_the_sound() -> None:
    for request, spoken in zip(_requests(), speak(_requests(), 2), strict=True):
        assert tuple(word.word for word in spoken.words) == request.words
        assert spoken.samples.dtype == np.float32 and np.abs(spoken.samples).max() <= 1.01
        times = np.array([(word.start, word.end) for word in spoken.words])
        assert times[0, 0] >= 0 and times[-1, 1] <= len(spoken.samples) / SAMPLE_RATE
        assert (times[:, 1] - times[:, 0] > 0.02).all()
        assert (times[1:, 0] >= times[:-1, 1]).all()


@needs_engine
def test_equal_requests_have_equal_bytes_whatever_was_said_before() -> None:
    requests = _requests()
    order = list(range(len(requests)))
    random.Random(0).shuffle(order)
    plain = [spoken.samples.tobytes() for spoken in speak(requests, 1)]
    shuffled = [spoken.samples.tobytes() for spoken in speak([requests[index] for index in order], 3)]
    assert [plain[index] for index in order] == shuffled


@needs_engine
def test_voice_rate_and_pitch_are_heard() -> None:
    base, faster, higher, other = speak(
        [_request(), _request(rate=240), _request(pitch=80), _request(voice=TRAIN[8])], 2
    )
    assert len(faster.samples) < 0.85 * len(base.samples)
    assert base.samples.tobytes() != higher.samples.tobytes() != other.samples.tobytes()


@needs_engine
@pytest.mark.parametrize("voice", [v for split in SPLITS for v in voices("en", split)], ids=lambda v: v.name)
def test_every_voice_speaks_from_the_first_words_start_to_the_last_ones_end(voice: Voice) -> None:
    (spoken,) = speak([_request(voice=voice)], 1)
    amplitude = np.abs(spoken.samples)
    sounding = np.flatnonzero(amplitude > 0.02 * amplitude.max()) / SAMPLE_RATE
    assert abs(spoken.words[0].start - sounding[0]) < 0.005
    # Some voices have a faint echo, which outlasts the word.
    assert -0.03 < sounding[-1] - spoken.words[-1].end < 0.07


@needs_engine
def test_no_two_voices_sound_alike_and_none_is_clipped() -> None:
    everybody = [voice for split in SPLITS for voice in voices("en", split)]
    spoken = list(speak([_request(SENTENCES[0], voice) for voice in everybody], 2))
    assert len({one.samples.tobytes() for one in spoken}) == len(everybody)
    assert max(np.abs(one.samples).max() for one in spoken) < 1


@needs_engine
def test_requests_are_read_as_needed_and_leaving_early_ends_the_processes() -> None:
    read = []
    spoken = speak((read.append(index) or _request() for index in range(1000)), 1)  # type: ignore[func-returns-value]
    next(spoken)
    assert len(read) < 10
    spoken.close()  # type: ignore[attr-defined]


@needs_engine
@pytest.mark.parametrize("accent, variant", [("en-us", "nobody"), ("xx", "m3")])
def test_an_unknown_voice_is_reported_with_what_the_engine_wrote(accent: str, variant: str) -> None:
    with pytest.raises(InputError, match=f"refuses the voice {accent}\\+{variant}"):
        list(speak([_request(voice=Voice("nobody", "en", accent, variant))], 1))


@needs_engine
def test_a_killed_engine_is_reported() -> None:
    with Engine() as engine:
        os.kill(engine._process.pid, signal.SIGKILL)
        with pytest.raises(InputError, match="ended with status -9"):
            engine.say(("a", "dog"), "en-us+m3", 165, 50)


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'unsup-asr\[mini\]'"):
        list(speak([_request()], 1))


@needs_engine
@pytest.mark.parametrize(
    "words", [(), ("",), ("in the",), ("[[dQg]]",), ("<mark/>",), ("2",), ("dog.",), ("'",)]
)
def test_what_is_not_a_plain_word_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        list(speak([Request(words, TRAIN[0], 165, 50)], 1))


@needs_engine
@pytest.mark.parametrize("rate, pitch", [(10, 50), (1000, 50), (165, -1), (165, 100)])
def test_rate_and_pitch_out_of_bounds_are_refused(rate: int, pitch: int) -> None:
    with pytest.raises(InputError, match="choose"):
        list(speak([_request(rate=rate, pitch=pitch)], 1))


@needs_engine
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc")
def test_the_engine_is_never_loaded_into_this_process() -> None:
    list(speak([_request()], 1))
    assert "libespeak" not in Path("/proc/self/maps").read_text()
