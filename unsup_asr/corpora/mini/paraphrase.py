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

    The choice is a race of exponential clocks, one for each form, so that messages of one form, given
    generators of one state, are said alike; Efraimidis and Spirakis, Weighted random sampling, 2006.

    Args:
        paraphrases: the ways of saying one message.
        rng: chooses among them.

    Returns:
        The words, `SHORTEST` to `LONGEST` of them.

    Raises:
        InputError: no sentence has a permitted length; of `choose_message`'s messages one always has.
    """
    times = np.array([rng.exponential() / paraphrase.weight for paraphrase in paraphrases])
    for index in times.argsort():
        words: list[str] = paraphrases[int(index)].sentence.split()
        if SHORTEST <= len(words) <= LONGEST:
            return words
    raise InputError(
        f"no way of saying the message has {SHORTEST} to {LONGEST} words",
        where=paraphrases[0].sentence,
        remedy="state fewer facts",
    )
