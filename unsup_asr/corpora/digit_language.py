"""The language of the digits corpus: sentences of number words with frequencies and an order of their own."""

import numpy as np
import numpy.typing as npt

NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

# The language stays the same whatever the seed of a corpus; only the sentences drawn from it differ.
_LANGUAGE_SEED = 1
_FAVOUR = 1.0


class DigitLanguage:
    """A bigram language over the ten digits.

    Digits differ in frequency and in what may follow them, as words do, so that a language model can tell
    them apart without hearing them. All ten can follow each other.

    Attributes:
        first: probability of each digit at the start of a sentence [10].
        following: probability of each digit (column) after each digit (row) [10, 10].
    """

    def __init__(self) -> None:
        rng = np.random.default_rng(_LANGUAGE_SEED)
        frequency = rng.permutation(1.0 / np.arange(3, 13))
        self.first: npt.NDArray[np.float64] = frequency / frequency.sum()
        favour = frequency * np.exp(_FAVOUR * rng.standard_normal((10, 10)))
        self.following: npt.NDArray[np.float64] = favour / favour.sum(axis=1, keepdims=True)
        self._first_up_to = np.cumsum(self.first)
        self._following_up_to = np.cumsum(self.following, axis=1)

    def sentence(self, rng: np.random.Generator, shortest: int, longest: int) -> list[int]:
        """Draw the digits of a sentence of `shortest` to `longest` words, all lengths alike likely."""
        digits = [_draw(self._first_up_to, rng)]
        for _ in range(int(rng.integers(shortest, longest + 1)) - 1):
            digits.append(_draw(self._following_up_to[digits[-1]], rng))
        return digits


def _draw(up_to: npt.NDArray[np.float64], rng: np.random.Generator) -> int:
    """A digit by its cumulative probabilities [10], which rounding may leave just short of 1."""
    return min(int(np.searchsorted(up_to, rng.random(), side="right")), 9)


def spell(digits: list[int]) -> list[str]:
    """The number words of digits."""
    return [NUMBER_WORDS[digit] for digit in digits]
