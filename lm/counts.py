"""Counting n-grams by sorting: no Python loop over tokens or n-grams."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lm.errors import LanguageModelError

UNK, BOS, EOS = 0, 1, 2
SPECIAL = ("<unk>", "<s>", "</s>")


@dataclass(frozen=True)
class EncodedText:
    """Sentences as one array of word ids.

    Args:
        ids: [T] int32, every sentence as `<s> w … </s>`, one after the other.
        vocabulary: word of each id: `<unk>`, `<s>`, `</s>`, then in order of first appearance.
    """

    ids: np.ndarray
    vocabulary: list[str]


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


class _Vocabulary(dict[str, int]):
    """Gives a word the next id when first asked for it."""

    def __missing__(self, word: str) -> int:
        self[word] = len(self)
        return len(self) - 1


def encode(sentences: Iterable[Sequence[str]]) -> EncodedText:
    """Give every word an id, in order of first appearance.

    Args:
        sentences: each a sequence of words, read once; an empty one counts as `<s> </s>`.

    Raises:
        LanguageModelError: no sentence has a word, or a word cannot stand in an ARPA file.
    """
    vocabulary = _Vocabulary({word: index for index, word in enumerate(SPECIAL)})
    flat = array("i")
    for sentence in sentences:
        flat.append(BOS)
        flat.extend(map(vocabulary.__getitem__, sentence))
        flat.append(EOS)
    ids = np.frombuffer(flat, dtype=np.int32) if flat else np.zeros(0, dtype=np.int32)
    words = list(vocabulary)
    if len(words) == len(SPECIAL):
        raise LanguageModelError("the text has no words", remedy="give at least one sentence with a word")
    _check_words(words, ids)
    return EncodedText(ids, words)


def _check_words(words: list[str], ids: np.ndarray) -> None:
    for index, word in enumerate(words):
        # Bytes, because ARPA readers split at ASCII white space only: U+3000 may stand inside a word.
        if len(word.encode().replace(b"\0", b" ").split()) != 1 or word.encode().split()[0] != word.encode():
            raise LanguageModelError(
                f"the word {word!r} is empty or has white space in it",
                where=f"sentence {_sentence_of(ids, index)}",
                remedy="split the text into words at white space",
            )
    begins = np.flatnonzero(ids == BOS)
    ends = np.flatnonzero(ids == EOS)
    stray = np.flatnonzero(ids == UNK)
    if len(begins) != len(ends) or (begins[1:] != ends[:-1] + 1).any() or len(stray):
        raise LanguageModelError(
            "the text has one of the reserved words <s>, </s>, <unk>",
            where=f"sentence {_first_reserved(ids)}",
            remedy="remove it: sentence ends are added here",
        )


def _sentence_of(ids: np.ndarray, word: int) -> int:
    """Number, from 1, of the first sentence with this word."""
    return int((ids[: int(np.argmax(ids == word)) + 1] == BOS).sum())


def _first_reserved(ids: np.ndarray) -> int:
    """Number, from 1, of the first sentence with a reserved word inside."""
    before = np.concatenate([[EOS], ids[:-1]])
    after = np.concatenate([ids[1:], [BOS]])
    proper = ((ids == BOS) & (before == EOS)) | ((ids == EOS) & (after == BOS)) | (ids > EOS)
    return int(((ids == BOS) & (before == EOS))[: int(np.argmin(proper)) + 1].sum())


def count_ngrams(text: EncodedText, order: int) -> list[NGramCounts]:
    """Count the n-grams of every order from 1 to `order`; those of order 1 are indexed by word id.

    An n-gram's index at order n - 1 and its last word make one integer that sorts as the n-gram does, so
    one sort of integers an order suffices.

    Raises:
        LanguageModelError: no sentence is long enough for an n-gram of the highest order.
    """
    ids = text.ids.astype(np.int64)
    size = len(text.vocabulary)
    none = np.zeros(size, dtype=np.int64)
    unigrams = np.arange(size, dtype=np.int32)[:, None]
    counted = [NGramCounts(unigrams, none, none, np.bincount(ids, minlength=size))]
    at = ids  # index of the n-gram that ends at each position, -1 where the sentence is too short for one
    for n in range(2, order + 1):
        ends = np.flatnonzero((at[:-1] >= 0) & (ids[1:] != BOS)) + 1
        if not len(ends):
            raise LanguageModelError(
                f"order {order} is too high: the longest sentence, with <s> and </s>, has {n - 1} words",
                remedy=f"choose an order of {n - 1} or less",
            )
        counts, at = _extend(counted[-1], ids, at, ends)
        counted.append(counts)
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
