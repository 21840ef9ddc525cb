"""One of the ways of saying a message, chosen at random."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unsup_asr.errors import InputError

SHORTEST, LONGEST = 4, 14
"""Bounds of a sentence's length, in words."""


@dataclass(frozen=True)
class Paraphrase:
    """A sentence, its words separated by blanks, and how common its form is, in any unit."""

    sentence: str
    weight: float = 1.0


def choose_paraphrase(paraphrases: Sequence[Paraphrase], rng: np.random.Generator) -> list[str]:
    """Choose a sentence of permitted length, with probability proportional to weight.

    Messages of one form, given generators of one state, are said alike.

    Args:
        paraphrases: the ways of saying one message.
        rng: chooses among them.

    Returns:
        The words, `SHORTEST` to `LONGEST` of them.

    Raises:
        InputError: no sentence has a permitted length; of `choose_message`'s messages one always has.
    """
    for index in in_random_order([paraphrase.weight for paraphrase in paraphrases], rng):
        words: list[str] = paraphrases[index].sentence.split()
        if SHORTEST <= len(words) <= LONGEST:
            return words
    raise InputError(
        f"no way of saying the message has {SHORTEST} to {LONGEST} words",
        where=paraphrases[0].sentence,
        remedy="state fewer facts",
    )


def in_random_order(weights: Sequence[float], rng: np.random.Generator) -> list[int]:
    """Indices in random order, each next one drawn with probability proportional to its weight.

    A race of exponential clocks, one for each index; Efraimidis and Spirakis, Weighted random sampling, 2006.
    """
    times = np.array([rng.exponential() / weight for weight in weights])
    return [int(index) for index in times.argsort()]
