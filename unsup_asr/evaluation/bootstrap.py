"""How far a figure may be off because of the utterances that happen to be in the test set.

Utterances are drawn anew, with replacement, as many as there are; a figure of the corpus is recomputed from
the sums of its per-utterance counts (Bisani & Ney 2004 for WER; Koehn 2004 for BLEU and paired tests).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Figures = NDArray[np.float64]

# At most this many weights at a time: 64 MB.
_CHUNK = 8_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """The ends of a 95 % confidence interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two systems on the same utterances.

    Attributes:
        difference: the first system's figure less the second's.
        interval: the 95 % confidence interval of the difference.
        p_value: two-sided; the chance of such a difference if there were none.
    """

    difference: float
    interval: Interval
    p_value: float


def resampled_sums(counts: ArrayLike, resamples: int = 1000, seed: int = 0) -> Figures:
    """Sums of per-utterance counts over resampled test sets.

    Args:
        counts: (utterances, kinds of count).
        resamples: how many test sets are drawn.
        seed: of the draw; the same seed and number of utterances draw the same test sets.

    Returns:
        (resamples, kinds of count).
    """
    table = np.asarray(counts, dtype=np.float64)
    n = len(table)
    generator = np.random.default_rng(seed)
    chunk = max(1, _CHUNK // max(n, 1))
    sizes = [min(chunk, resamples - done) for done in range(0, resamples, chunk)]
    # How often each utterance was drawn is multinomial, so that one matrix product resamples everything.
    draws = (generator.multinomial(n, np.full(n, 1 / n), size=size) for size in sizes)
    return np.concatenate([draw.astype(np.float64) @ table for draw in draws])


def interval(figures: ArrayLike) -> Interval:
    """The 2.5 % and 97.5 % quantiles of a figure over the resampled test sets; NaNs are passed over."""
    low, high = np.nanquantile(np.asarray(figures, dtype=np.float64), [0.025, 0.975])
    return Interval(float(low), float(high))


def rate(sums: Figures) -> Figures:
    """100 · errors / length, from (…, 2) sums of errors and lengths; NaN where the length is zero."""
    errors, lengths = sums[..., 0], sums[..., 1]
    return 100 * np.divide(errors, lengths, out=np.full_like(errors, np.nan), where=lengths > 0)


def bootstrap_interval(
    errors: ArrayLike, lengths: ArrayLike, resamples: int = 1000, seed: int = 0
) -> Interval:
    """The interval of an error rate in percent, from per-utterance errors and reference lengths."""
    counts = np.stack([np.asarray(errors), np.asarray(lengths)], axis=-1)
    return interval(rate(resampled_sums(counts, resamples, seed)))


def paired_bootstrap(
    first: ArrayLike,
    second: ArrayLike,
    figure: Callable[[Figures], Figures] = rate,
    resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Test whether two systems differ on the same utterances.

    Args:
        first: (utterances, kinds of count) of one system; for error rates, errors and reference lengths.
        second: the same of the other.
        figure: the figure of (…, kinds of count) sums.
        resamples: how many test sets are drawn; the smallest p-value is 2 / (resamples + 1).
        seed: of the draw.
    """
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    drawn = figure(resampled_sums(one, resamples, seed)) - figure(resampled_sums(other, resamples, seed))
    drawn = drawn[np.isfinite(drawn)]
    smaller_tail = min(np.sum(drawn <= 0), np.sum(drawn >= 0))
    p_value = min(1.0, 2 * (smaller_tail + 1) / (len(drawn) + 1))
    difference = float(figure(one.sum(0)) - figure(other.sum(0)))
    return Comparison(difference, interval(drawn), float(p_value))
