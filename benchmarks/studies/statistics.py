"""How well a criterion without labels picks among runs, by the word error rates that it never saw."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """The middle 95 % of what resampled runs gave."""

    low: float
    high: float


@dataclass(frozen=True)
class Pick:
    """What a criterion takes among runs.

    Attributes:
        index: of the run taken.
        distance: points of WER that it is behind the best.
        rank: 1 for the best; runs of the same WER have the same rank.
        best_quarter: whether as many runs as a quarter of them, rounded up, hold its rank.
    """

    index: int
    distance: float
    rank: int
    best_quarter: bool


def pick(chosen: int, wers: Sequence[float] | Floats) -> Pick:
    """How good a choice was.

    Args:
        chosen: index of the run.
        wers: of all the runs, in percent.
    """
    values = np.asarray(wers, dtype=np.float64)
    rank = 1 + int((values < values[chosen]).sum())
    return Pick(chosen, float(values[chosen] - values.min()), rank, rank <= math.ceil(len(values) / 4))


def rank_correlation(scores: Sequence[float] | Floats, wers: Sequence[float] | Floats) -> float:
    """Spearman's ρ between a score (higher is better) and accuracy; NaN where either is the same for all."""
    from scipy.stats import spearmanr

    if len(np.unique(scores)) < 2 or len(np.unique(wers)) < 2:
        return math.nan
    return float(spearmanr(scores, -np.asarray(wers)).statistic)


def bootstrap(
    runs: int, figure: Callable[[NDArray[np.intp]], float], draws: int = 1000, seed: int = 0
) -> Interval:
    """The 95 % percentile interval of a figure over runs drawn with replacement.

    Args:
        runs: how many there are.
        figure: of the runs of given indices [runs]; draws for which it is NaN are left out.
        draws: how often.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    values = np.array([figure(rng.integers(runs, size=runs)) for _ in range(draws)])
    low, high = np.nanpercentile(values, [2.5, 97.5]) if np.isfinite(values).any() else (math.nan, math.nan)
    return Interval(float(low), float(high))


def converged(wers: Sequence[float], chances: Sequence[float]) -> list[int]:
    """The indices of the runs that have not collapsed: their WER is nearer to the best run's than to chance."""
    best = min(wers)
    pairs = enumerate(zip(wers, chances, strict=True))
    return [index for index, (wer, chance) in pairs if wer - best < chance - wer]


def near_median(wers: Sequence[float], points: float) -> int:
    """How many runs are within so many points of the median."""
    values = np.asarray(wers, dtype=np.float64)
    return int((np.abs(values - np.median(values)) <= points).sum())
