"""When each word of a synthesised sentence is said, from what espeak-ng reports of it.

espeak-ng marks the starts of words and of phonemes by sample. Neither will do as it stands:

- words that its dictionary runs together ("in the", "of a", "for the") share one word mark. Their phonemes
  are divided by aligning them with what each word sounds like alone;
- before a consonant the phoneme's mark follows a stop's closure; the closure belongs to the word, so its
  word mark counts, or, inside a run-together group, the beginning of the silence;
- the sound of a nasal, liquid or glide before a vowel is made with the vowel: in "man in" the word mark of
  "in" stands where the [n] begins and the phoneme mark where the vowel is steady. The word starts between.

The first word, and one after a pause, starts with its first sound; a word before a pause ends there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from unsup_asr.errors import InputError

_PAUSE = "_"
_VOWELS = tuple("aeiouyAEIOUVWQ03@")
_SONORANTS = tuple("mnNlrwj;")
# Where a sonorant gives way to the vowel, between the word mark (0) and the phoneme mark (1): the
# median place of the sharpest spectral change is 0.65 for n, 0.75 for m, 0.7 for ng, 0.8 for l.
_RELEASE = 2 / 3
# Amplitude below which a closure counts as silent, relative to the utterance's RMS; some voices echo.
_SILENCE = 0.2
# Costs of an alignment: a vowel for another vowel is likely (they are reduced), for a consonant is not.
_SAME_CLASS, _OTHER_CLASS, _LEFT_OUT = 0.5, 1.5, 0.7


@dataclass(frozen=True, slots=True)
class Event:
    """A mark in the sound: `position` of the word in the text, or the phoneme's `mnemonic`."""

    sample: int
    position: int | None = None
    mnemonic: str = ""

    @property
    def is_pause(self) -> bool:
        return self.position is None and (not self.mnemonic or self.mnemonic.startswith(_PAUSE))


@dataclass(frozen=True, slots=True)
class Synthesis:
    """A sentence as the engine says it.

    Attributes:
        words: in order.
        samples: int16 [n].
        sample_rate: in Hz.
        events: the marks, in order.
        alone: for each word the mnemonics of its phonemes when it is said alone.
    """

    words: tuple[str, ...]
    samples: NDArray[np.int16]
    sample_rate: int
    events: tuple[Event, ...]
    alone: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class _Marked:
    """One word's marks: its word mark, if it has one, and the phonemes and pauses up to the next word."""

    start: int | None
    phonemes: list[Event]


def word_times(synthesis: Synthesis) -> list[tuple[float, float]]:
    """Start and end of each word, in seconds.

    Raises:
        InputError: fewer sounds than words were said.
    """
    marked = [word for group in _groups(synthesis) for word in _divide(*group, synthesis)]
    starts = [_start(synthesis.samples, None, marked[0])]
    starts += [_start(synthesis.samples, previous, word) for previous, word in pairwise(marked)]
    followed = zip(marked, [*starts[1:], len(synthesis.samples)], strict=True)
    ends = [_end(word, following) for word, following in followed]
    rate = synthesis.sample_rate
    return [(start / rate, end / rate) for start, end in zip(starts, ends, strict=True)]


def _groups(synthesis: Synthesis) -> list[tuple[list[int], _Marked]]:
    """Words that share a word mark (indices, in order), with their marks."""
    positions = np.cumsum([0, *(len(word) + 1 for word in synthesis.words)])[:-1].tolist()
    groups: list[tuple[list[int], _Marked]] = []
    marked = {event.position for event in synthesis.events if event.position is not None}
    for index, position in enumerate(positions):
        if position in marked or not groups:
            groups.append(([index], _Marked(None, [])))
        else:
            groups[-1][0].append(index)
    first_of = {positions[indices[0]]: group for group, (indices, _) in enumerate(groups)}
    current = groups[0][1]
    for event in synthesis.events:
        if event.position is None:
            current.phonemes.append(event)
        elif event.position in first_of:
            current = groups[first_of[event.position]][1]
            current.start = event.sample
    return groups


def _divide(indices: list[int], group: _Marked, synthesis: Synthesis) -> list[_Marked]:
    """The marks of each word of a group."""
    sounds = [place for place, event in enumerate(group.phonemes) if not event.is_pause]
    if len(sounds) < len(indices):
        silent = " ".join(synthesis.words[index] for index in indices)
        raise InputError(
            f"espeak-ng makes {len(sounds)} sounds of the {len(indices)} words {silent!r}",
            where=" ".join(synthesis.words),
            remedy="leave them out or spell them otherwise",
        )
    heard = tuple(group.phonemes[place].mnemonic for place in sounds)
    shares = divide_phonemes(heard, [synthesis.alone[index] for index in indices])
    # Each share opens at its first sound; pauses go with the word before them.
    cuts = [0, *(sounds[first] for first in np.cumsum(shares[:-1])), len(group.phonemes)]
    words = [_Marked(None, group.phonemes[first:last]) for first, last in pairwise(cuts)]
    words[0].start = group.start
    return words


def divide_phonemes(heard: tuple[str, ...], alone: Sequence[Sequence[str]]) -> list[int]:
    """How many of the phonemes heard belong to each word: the division of least edit distance.

    Args:
        heard: mnemonics of words run together; at least one a word.
        alone: for each word its mnemonics when said alone.

    Returns:
        One count a word, each at least 1. Of equal divisions the earlier words get more, since linking sounds
        ("for-r-a") end a word.
    """

    @cache
    def best(first: int, word: int) -> tuple[float, tuple[int, ...]]:
        if word == len(alone) - 1:
            return _distance(heard[first:], alone[word]), (len(heard) - first,)
        options = []
        for last in range(first + 1, len(heard) - (len(alone) - word - 1) + 1):
            cost, shares = best(last, word + 1)
            options.append((cost + _distance(heard[first:last], alone[word]), (last - first, *shares)))
        return min(options, key=lambda option: (round(option[0], 6), [-share for share in option[1]]))

    return list(best(0, 0)[1])


def _distance(heard: Sequence[str], expected: Sequence[str]) -> float:
    """Edit distance, cheap between sounds of one class."""
    row = [_LEFT_OUT * count for count in range(len(expected) + 1)]
    for sound in heard:
        diagonal, row[0] = row[0], row[0] + _LEFT_OUT
        for place, other in enumerate(expected, 1):
            substituted = diagonal + _substitution(sound, other)
            diagonal = row[place]
            row[place] = min(substituted, row[place] + _LEFT_OUT, row[place - 1] + _LEFT_OUT)
    return row[-1]


def _substitution(sound: str, other: str) -> float:
    if sound == other:
        return 0.0
    return _SAME_CLASS if sound.startswith(_VOWELS) == other.startswith(_VOWELS) else _OTHER_CLASS


def _start(samples: NDArray[np.int16], previous: _Marked | None, word: _Marked) -> int:
    """The sample at which a word starts."""
    first = next(event for event in word.phonemes if not event.is_pause)
    if previous is None or _pause(previous) is not None:
        return first.sample
    before = previous.phonemes[-1]
    mark = word.start
    if first.mnemonic.startswith(_VOWELS) and before.mnemonic.startswith(_SONORANTS):
        since = before.sample if mark is None else mark
        return since + round(_RELEASE * (first.sample - since))
    return mark if mark is not None else _closure(samples, before.sample, first.sample)


def _closure(samples: NDArray[np.int16], earliest: int, burst: int) -> int:
    """The beginning of the silence that ends at `burst`, at `earliest` or later."""
    threshold = _SILENCE * float(np.std(samples))
    sounding = np.flatnonzero(np.abs(samples[earliest:burst].astype(np.int32)) > threshold)
    return earliest + int(sounding[-1]) + 1 if len(sounding) else burst


def _pause(word: _Marked) -> int | None:
    """The sample at which the pause after a word begins, if there is one."""
    pauses = [event for event in word.phonemes if event.is_pause]
    return pauses[0].sample if pauses else None


def _end(word: _Marked, following: int) -> int:
    pause = _pause(word)
    return following if pause is None else min(pause, following)
