"""Interpolated modified Kneser-Ney estimation, number for number as KenLM's lmplz does it.

Chen and Goodman (1998), "An empirical study of smoothing techniques for language modeling";
Heafield et al. (2013), "Scalable modified Kneser-Ney language model estimation".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lm.counts import BOS, UNK, EncodedText, NGramCounts, count_ngrams, encode
from lm.errors import LanguageModelError
from lm.ngrams import Arpa, NGrams

MAX_ORDER = 6
FALLBACK = (0.5, 1.0, 1.5)


@dataclass(frozen=True)
class _Level:
    """One order: its n-grams, their counts and what is taken from each count.

    Args:
        grams: the n-grams.
        adjusted: [n] occurrences at the highest order and after `<s>`, else distinct words to the left.
        kept: [n] false where pruned.
        discounts: [4] what a count of 0, 1, 2, 3 or more gives away.
    """

    grams: NGramCounts
    adjusted: np.ndarray
    kept: np.ndarray
    discounts: np.ndarray


def estimate(
    sentences: Iterable[Sequence[str]],
    order: int,
    prune: Sequence[int] = (),
    discount_fallback: bool = True,
) -> Arpa:
    """Estimate an n-gram model from sentences of words.

    Args:
        sentences: each a sequence of words, without `<s>` and `</s>`; read once.
        order: length of the longest n-grams, 1 to 6.
        prune: per order, the number of occurrences up to which an n-gram is left out, as lmplz's `--prune`:
            the first is 0, none is below the one before it, and the last holds for all higher orders.
        discount_fallback: where the text is too small to estimate an order's discounts, use 0.5, 1 and 1.5.

    Returns:
        The model, n-grams in lmplz's order; `<unk>` takes a share of the unigram interpolation.

    Raises:
        LanguageModelError: no words, a word that ARPA cannot hold, an order or threshold out of range, or
            discounts that cannot be estimated (with `discount_fallback=False`).
    """
    return estimate_encoded(encode(sentences), order, prune, discount_fallback)


def estimate_encoded(
    text: EncodedText, order: int, prune: Sequence[int] = (), discount_fallback: bool = True
) -> Arpa:
    """`estimate` from word ids."""
    thresholds = _thresholds(order, prune)
    counted = count_ngrams(text, order)
    levels = [_level(counted, n, thresholds[n], discount_fallback) for n in range(order)]
    probabilities, backoffs = _interpolate(levels, len(text.vocabulary))
    grams = []
    for level, probability, backoff in zip(levels, probabilities, backoffs, strict=True):
        kept = level.kept
        log_probabilities = np.log10(probability[kept]).astype(np.float32)
        log_backoffs = np.log10(backoff[kept]).astype(np.float32)
        grams.append(NGrams(level.grams.ids[kept], log_probabilities, log_backoffs))
    return Arpa(text.vocabulary, grams)


def _thresholds(order: int, prune: Sequence[int]) -> list[int]:
    """A pruning threshold an order."""
    if not 1 <= order <= MAX_ORDER:
        raise LanguageModelError(
            f"order is {order}, not 1 to {MAX_ORDER}", remedy="KenLM reads no higher order"
        )
    given = list(prune) or [0]
    if given[0] != 0 or given != sorted(given) or len(given) > order:
        raise LanguageModelError(
            f"the pruning thresholds {given} do not fit order {order}",
            remedy="give at most one an order, the first 0, none below the one before it",
        )
    return given + given[-1:] * (order - len(given))


def _level(counted: list[NGramCounts], n: int, threshold: int, fallback: bool) -> _Level:
    """Adjusted counts and discounts of the n-grams of n + 1 words."""
    grams = counted[n]
    adjusted = grams.occurrences.copy()
    if n + 1 < len(counted):
        extensible = grams.ids[:, 0] != BOS
        left = np.bincount(counted[n + 1].suffixes, minlength=len(adjusted))
        adjusted[extensible] = left[extensible]
    if n == 0:
        adjusted[[UNK, BOS]] = 0
    kept = (grams.occurrences > threshold) | (n == 0)
    return _Level(grams, adjusted, kept, _discounts(adjusted, n + 1, fallback))


def _discounts(adjusted: np.ndarray, order: int, fallback: bool) -> np.ndarray:
    """D_j = j − (j + 1) · n_1 / (n_1 + 2 n_2) · n_{j+1} / n_j, where n_j n-grams have the count j."""
    n = np.bincount(np.minimum(adjusted, 5), minlength=6).astype(float)
    if n[1:4].all():
        j = np.arange(1, 4)
        discounts = j - (j + 1) * n[1] / (n[1] + 2 * n[2]) * n[2:5] / n[1:4]
        if ((discounts >= 0) & (discounts <= j)).all():
            return np.concatenate([[0.0], discounts])
    if fallback:
        return np.array([0.0, *FALLBACK])
    raise LanguageModelError(
        f"the discounts of order {order} cannot be estimated: {n[1:5].astype(int).tolist()} n-grams have "
        "counts 1, 2, 3, 4",
        remedy="the text is small or repetitive: allow the discount fallback",
    )


def _interpolate(levels: list[_Level], size: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Probability and back-off of every n-gram: p(w | h) = (c − D) / Σc + γ(h) · p(w | h less a word)."""
    lower = np.array([1.0 / (size - 1)])  # uniform over all but <s>
    probabilities: list[np.ndarray] = []
    backoffs: list[np.ndarray] = []
    for level in levels:
        contexts, suffixes = level.grams.contexts, level.grams.suffixes
        taken = np.where(level.kept, level.discounts[np.minimum(level.adjusted, 3)], level.adjusted)
        totals = np.bincount(contexts, level.adjusted, minlength=len(lower))
        given = np.bincount(contexts, taken, minlength=len(lower))
        shares = np.divide(given, totals, out=np.ones_like(totals), where=totals > 0)
        own = (level.adjusted - taken) / np.maximum(totals, 1)[contexts]
        lower = own + shares[contexts] * lower[suffixes]
        if not probabilities:
            lower[BOS] = 1.0  # never predicted; lmplz writes a log-probability of 0
        else:
            backoffs.append(shares)
        probabilities.append(lower)
    return probabilities, [*backoffs, np.ones_like(lower)]
