"""Interpolated modified Kneser-Ney estimation, number for number as KenLM's lmplz does it.

Chen and Goodman (1998), "An empirical study of smoothing techniques for language modeling";
Heafield et al. (2013), "Scalable modified Kneser-Ney language model estimation".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lm.counts import NGramCounts, Progress, count_ngrams
from lm.errors import LanguageModelError
from lm.lmplz import estimate_by_lmplz
from lm.ngrams import NEVER, Arpa, NGrams
from lm.options import checked_options
from lm.text import BOS, UNK, EncodedText, encode


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
    discount_fallback: bool | Sequence[float] = True,
    backend: str = "numpy",
    progress: Progress | None = None,
) -> Arpa:
    """Estimate an n-gram model from sentences of words.

    Args:
        sentences: each a sequence of words, without `<s>` and `</s>`; read once.
        order: length of the longest n-grams, 1 to 6.
        prune: per order, the number of occurrences up to which an n-gram is left out, as lmplz's `--prune`:
            the first is 0, none is below the one before it, and the last holds for all higher orders.
        discount_fallback: where the text is too small to estimate an order's discounts, use 0.5, 1 and 1.5,
            or those given for counts of 1, 2, and 3 or more.
        backend: `numpy`, or `lmplz` for the program of that name on PATH, which sorts on disk: for texts that
            are too large for memory.
        progress: called with what is done, how many orders of it, and of how many.

    Returns:
        The model, n-grams in lmplz's order; `<unk>` takes a share of the unigram interpolation.

    Raises:
        LanguageModelError: no words, a word that ARPA cannot hold, an order or threshold out of range, an
            order that no sentence reaches, discounts that cannot be estimated (with
            `discount_fallback=False`), or lmplz is asked for and not there or fails.
    """
    return estimate_encoded(encode(sentences), order, prune, discount_fallback, backend, progress)


def estimate_encoded(
    text: EncodedText,
    order: int,
    prune: Sequence[int] = (),
    discount_fallback: bool | Sequence[float] = True,
    backend: str = "numpy",
    progress: Progress | None = None,
) -> Arpa:
    """`estimate` from token ids, of `encode` or `encode_ids`."""
    options = checked_options(text, order, prune, discount_fallback)
    if backend == "lmplz":
        return estimate_by_lmplz(text, options, progress)
    if backend != "numpy":
        raise LanguageModelError(f"there is no backend {backend!r}", remedy="choose numpy or lmplz")
    counted = count_ngrams(text, order, progress)
    levels = [_level(counted, n, options.prune[n], options.fallback) for n in range(order)]
    grams = []
    for n, (probability, backoff) in enumerate(_interpolate(levels, len(text.vocabulary)), start=1):
        level = levels[n - 1]
        log_probabilities = _log10(probability[level.kept])
        grams.append(NGrams(level.grams.ids[level.kept], log_probabilities, _log10(backoff[level.kept])))
        if progress:
            progress("estimating", n, order)
    return Arpa(text.vocabulary, grams)


def _log10(values: np.ndarray) -> np.ndarray:
    """float32; `NEVER` of 0, such as the back-off of a context whose counts all have a discount of 0."""
    logarithms: np.ndarray = np.log10(values, out=np.full_like(values, NEVER), where=values > 0)
    # Rounding may leave a sum of shares above 1.
    rounded: np.ndarray = np.minimum(logarithms, 0.0).astype(np.float32)
    return rounded


def _level(counted: list[NGramCounts], n: int, threshold: int, fallback: Sequence[float] | None) -> _Level:
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
    return _Level(grams, adjusted, kept, _discounts(_tallied(counted, n, adjusted), n + 1, fallback))


def _tallied(counted: list[NGramCounts], n: int, adjusted: np.ndarray) -> np.ndarray:
    """The adjusted counts as lmplz tallies them for the discounts.

    Its last n-gram of each order but the highest enters with its occurrences, as long as each of these ends
    in the one before. One count in a large text; in a small one it decides between estimate and fallback.
    """
    chained = all(counted[m].suffixes[-1] == len(counted[m - 1].ids) - 1 for m in range(1, n + 1))
    if n + 1 == len(counted) or not chained:
        return adjusted
    return np.append(adjusted[:-1], counted[n].occurrences[-1])


def _discounts(tallied: np.ndarray, order: int, fallback: Sequence[float] | None) -> np.ndarray:
    """D_j = j − (j + 1) · n_1 / (n_1 + 2 n_2) · n_{j+1} / n_j, where n_j n-grams have the count j.

    In single precision, operation by operation as lmplz: where D_j is 0 or j, rounding decides whether it is
    in range.
    """
    n = np.bincount(np.minimum(tallied, 5), minlength=6).astype(np.float32)
    if n[1:4].all():
        j = np.arange(1, 4, dtype=np.float32)
        discounts = j - (j + 1) * (n[1] / (n[1] + 2 * n[2])) * n[2:5] / n[1:4]
        if ((discounts >= 0) & (discounts <= j)).all():
            return np.append(0.0, discounts)
    if fallback is not None:
        return np.append(0.0, fallback)
    raise LanguageModelError(
        f"the discounts of order {order} cannot be estimated: {n[1:5].astype(int).tolist()} n-grams have "
        "counts 1, 2, 3, 4",
        remedy="the text is small or repetitive: allow the discount fallback",
    )


def _interpolate(levels: list[_Level], size: int) -> list[tuple[np.ndarray, np.ndarray]]:
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
    return list(zip(probabilities, [*backoffs, np.ones_like(lower)], strict=True))
