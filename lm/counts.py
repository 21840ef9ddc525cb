"""Counting n-grams by sorting: no Python loop over tokens or n-grams."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lm.text import BOS, EncodedText

# (what, how much of it is done, of how much)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class NGramCounts:
    """The distinct n-grams of one order, sorted by last word, then by the word before it, and so on.

    Args:
        ids: [n, order] int32 word ids.
        contexts: [n] index, among the n-grams one order lower, of all words but the last.
        suffixes: [n] index, among the n-grams one order lower, of all words but the first.
        occurrences: [n] how often each occurs in the text.
    """

    ids: np.ndarray
    contexts: np.ndarray
    suffixes: np.ndarray
    occurrences: np.ndarray


def count_ngrams(text: EncodedText, order: int, progress: Progress | None = None) -> list[NGramCounts]:
    """Count the n-grams of every order from 1 to `order`; those of order 1 are indexed by word id.

    An n-gram's index at order n - 1 and its last word make one integer that sorts as the n-gram does, so
    one sort of integers an order suffices. Memory is linear in the text: about
    65 bytes a token at a time, beside the distinct n-grams.

    Args:
        text: the sentences, at least one of them long enough for an n-gram of the highest order.
        order: of the longest n-grams.
        progress: called with what is done, how many orders of it, and of how many.
    """
    ids = text.ids.astype(np.int64)
    size = len(text.vocabulary)
    none = np.zeros(size, dtype=np.int64)
    unigrams = np.arange(size, dtype=np.int32)[:, None]
    counted = [NGramCounts(unigrams, none, none, np.bincount(ids, minlength=size))]
    at = ids  # index of the n-gram that ends at each position, -1 where the sentence is too short for one
    for n in range(2, order + 1):
        ends = np.flatnonzero((at[:-1] >= 0) & (ids[1:] != BOS)) + 1
        counts, at = _extend(counted[-1], ids, at, ends)
        counted.append(counts)
        if progress:
            progress("counting n-grams", n, order)
    return counted


def _extend(
    lower: NGramCounts, ids: np.ndarray, at: np.ndarray, ends: np.ndarray
) -> tuple[NGramCounts, np.ndarray]:
    """Count the n-grams that end at `ends`, given those one order lower; also the index at each position."""
    keys = ids[ends] * len(lower.ids) + at[ends - 1]
    by_key = np.argsort(keys, kind="stable")  # faster than the default where keys repeat, as words do
    keys = keys[by_key]
    new = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    index = np.full(len(ids), -1, dtype=np.int64)
    index[ends[by_key]] = np.cumsum(new) - 1
    first = ends[by_key[new]]
    contexts, suffixes = at[first - 1], at[first]
    grams = np.concatenate([lower.ids[contexts], ids[first, None].astype(np.int32)], axis=1)
    occurrences = np.diff(np.flatnonzero(new), append=len(keys))
    return NGramCounts(grams, contexts, suffixes, occurrences), index
