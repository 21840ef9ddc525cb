"""The back-off n-gram model as arrays."""

from dataclasses import dataclass

import numpy as np

NEVER = -99.0  # stands for log10 0, which KenLM does not read


@dataclass(frozen=True)
class NGrams:
    """The n-grams of one order.

    Args:
        ids: [n, order] int32 word ids.
        log10_probabilities: [n] float32, log10 p(last word | words before it).
        log10_backoffs: [n] float32, log10 back-off weight of the n-gram as a context; 0 where it has none.
    """

    ids: np.ndarray
    log10_probabilities: np.ndarray
    log10_backoffs: np.ndarray


@dataclass(frozen=True)
class Arpa:
    """A back-off n-gram model.

    Args:
        vocabulary: the words; a word's id is its place here. The n-grams of order 1 stand in this order.
        grams: per order, from 1.
    """

    vocabulary: list[str]
    grams: list[NGrams]

    @property
    def order(self) -> int:
        """Length of the longest n-grams."""
        return len(self.grams)
