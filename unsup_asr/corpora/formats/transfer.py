"""What writing or reading another toolkit's form comes to, and what the other side cannot hold."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.data.manifest import Utterance, Word
from unsup_asr.errors import InputError

# Times are added and taken away again: what is finer than a nanosecond is no part of them.
DIGITS = 9
# Aligners and headers round differently: a word may overrun its utterance by this many seconds.
_ROUNDING = 0.01


@dataclass(frozen=True)
class Exported:
    """A corpus that was written.

    Attributes:
        written: how many utterances.
        not_held: what the form cannot hold, such as `picture`, and of how many utterances.
        left_out: utterances that could not be written.
    """

    written: int
    not_held: Counter[str] = field(default_factory=Counter)
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class Imported:
    """A corpus that was read.

    Attributes:
        utterances: in the order of the source.
        not_held: what a manifest cannot hold, such as `field 'gender'`, and of how many utterances.
        left_out: items of the source that are no utterance.
    """

    utterances: list[Utterance]
    not_held: Counter[str] = field(default_factory=Counter)
    left_out: tuple[LeftOut, ...] = ()


def without(utterances: Iterable[Utterance], *fields: str) -> Counter[str]:
    """How many utterances lose something in a form that has no place for some fields of a manifest."""
    lost = Counter(name for utterance in utterances for name in fields if getattr(utterance, name))
    return Counter({f"field {name!r}": count for name, count in lost.items()})


def seconds(value: float) -> str:
    """A time with all the digits that it needs to come back, and no exponent."""
    return np.format_float_positional(value, trim="-")


def later(start: float, by: float) -> float:
    """A time that counts from another one, without the digits that the sum of two decimal fractions brings in."""
    return round(start + by, DIGITS) if start and by else start + by


def within(words: Iterable[Word], duration: float, lost: Counter[str]) -> tuple[Word, ...]:
    """The words that lie in the utterance, in order of their starts; the others are counted as lost."""
    kept = []
    for word in sorted(words, key=lambda word: word.start):
        # Written so that NaN fails.
        if 0 <= word.start < word.end <= duration + _ROUNDING:
            kept.append(word)
        else:
            lost["word with impossible times"] += 1
    return tuple(kept)


def spoken_language(found: str | None, given: str | None, where: str) -> str:
    """The language of an utterance: what the source says, or else what was given for all.

    Raises:
        InputError: there is neither.
    """
    if not (found or given):
        raise InputError("its language is not told", where=where, remedy="name it: --lang CODE")
    return found or given or ""
