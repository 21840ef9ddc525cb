"""Requests spoken by synthetic voices, with the times of their words."""

import os
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np
import soxr
from numpy.typing import NDArray

from unsup_asr.corpora.mini.engine import Engine
from unsup_asr.corpora.mini.voices import Voice
from unsup_asr.corpora.mini.word_times import word_times
from unsup_asr.data.manifest import Word
from unsup_asr.errors import InputError

SAMPLE_RATE = 16_000

# Words a minute, the span of intelligible speech; far above it the engine stretches time itself.
SLOWEST, FASTEST = 80, 300

# What may join letters into a word.
_JOINERS = str.maketrans("", "", "'’-")


@dataclass(frozen=True, slots=True)
class Request:
    """A sentence to be said in one go.

    Attributes:
        words: in order; letters, apostrophes and hyphens only.
        voice: who says it.
        rate: words a minute, 80–300.
        pitch: 0–99; 50 is the voice's own.
    """

    words: tuple[str, ...]
    voice: Voice
    rate: int
    pitch: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence said: `samples` float32 [n] at 16 kHz, and the words with their times in seconds."""

    samples: NDArray[np.float32]
    words: tuple[Word, ...]


def speak(requests: Iterable[Request], processes: int | None = None) -> Iterator[Spoken]:
    """Say the requests, several at a time; each answer depends on its request alone.

    Args:
        requests: read as needed, a few ahead of what has been yielded.
        processes: engines at work at the same time; as many as there are processors unless given.

    Yields:
        One `Spoken` a request, in the order of the requests.

    Raises:
        InputError: the extra `mini` is not installed, a request cannot be said, or an engine ended.
    """
    count = processes or os.cpu_count() or 1
    with ExitStack() as stack:
        idle: SimpleQueue[Engine] = SimpleQueue()
        for _ in range(count):
            idle.put(stack.enter_context(Engine()))
        workers = stack.enter_context(ThreadPoolExecutor(count))
        waiting: deque[Future[Spoken]] = deque()
        for request in requests:
            waiting.append(workers.submit(_say, _checked(request), idle))
            if len(waiting) > 4 * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _say(request: Request, idle: SimpleQueue[Engine]) -> Spoken:
    voice = f"{request.voice.accent}+{request.voice.variant}"
    engine = idle.get()
    try:
        synthesis = engine.say(request.words, voice, request.rate, request.pitch)
    finally:
        idle.put(engine)
    samples = soxr.resample(synthesis.samples.astype(np.float32) / 32768, synthesis.sample_rate, SAMPLE_RATE)
    times = zip(request.words, word_times(synthesis), strict=True)
    return Spoken(samples, tuple(Word(word, start, end) for word, (start, end) in times))


def _checked(request: Request) -> Request:
    """The request, if the engine will read it as plain words: no markup, numbers or phoneme input."""
    if not request.words:
        raise InputError("a request has no words", remedy="give at least one")
    for word in request.words:
        if not is_plain(word):
            raise InputError(
                f"{word!r} is not a plain word",
                where=" ".join(request.words),
                remedy="give letters, apostrophes and hyphens; write numbers out",
            )
    if not SLOWEST <= request.rate <= FASTEST:
        raise InputError(f"a rate of {request.rate} words a minute", remedy=f"choose {SLOWEST}–{FASTEST}")
    if not 0 <= request.pitch <= 99:
        raise InputError(f"a pitch of {request.pitch}", remedy="choose 0–99; 50 is the voice's own")
    return request


def is_plain(word: str) -> bool:
    """Whether a word is letters, which apostrophes and hyphens may join."""
    letters = word.translate(_JOINERS)
    return bool(letters) and all(unicodedata.category(letter)[0] in "LM" for letter in letters)
