"""Dynamic programming over ways to cut sequences into segments, all sequences at once.

Costs and scores are arrays [U, T, L]: entry [u, t, l] belongs to the segment of sequence u that covers the
l + 1 positions t - l … t. Sequences shorter than T are padded at their ends.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

Costs = npt.NDArray[np.float64]
Lengths = npt.NDArray[np.int64]
Ends = npt.NDArray[np.bool_]

_BISECTIONS = 40


def batches(lengths: Sequence[int], positions: int) -> Iterator[list[int]]:
    """Indices of sequences of like length, at most so many positions at once when padded, or one sequence.

    Args:
        lengths: of the sequences.
        positions: that a batch may fill.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[index] > positions:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def viterbi(costs: Costs, lengths: Lengths) -> Ends:
    """The cheapest segmentation of every sequence: [U, T], true at the last position of each segment.

    Among equally cheap ones the shorter last segment wins.

    Args:
        costs: [U, T, L], inf where a segment is not allowed; [u, t, l] with l > t is never read.
        lengths: [U], positions of each sequence, at least 1.
    """
    count, longest, reach = costs.shape
    # Column reach - 1 + b is the cost of everything before position b; left of position 0 there is nothing.
    best = np.full((count, reach + longest), np.inf)
    best[:, reach - 1] = 0.0
    back = np.empty((count, longest), dtype=np.int64)
    for t in range(longest):
        total = costs[:, t] + best[:, t : t + reach][:, ::-1]
        back[:, t] = total.argmin(axis=1)
        best[:, reach + t] = total.min(axis=1)
    return _walk_back(back, lengths)


def viterbi_at_count(costs: Costs, lengths: Lengths, segments: int) -> tuple[Ends, float]:
    """The cheapest segmentation with about so many segments in all, and the price a segment that gives it.

    A price that is added to each segment's cost makes segments fewer as it grows, so bisection finds it.
    Where no price gives the number, the segmentation with the next smaller one that a price gives is taken.

    Args:
        costs: as for `viterbi`.
        lengths: as for `viterbi`.
        segments: segments wanted over all sequences.
    """
    # More than all costs together may change: past it a price decides alone.
    bound = 2 * costs.shape[1] * float(np.abs(costs[np.isfinite(costs)]).max()) + 1.0
    low, high = -bound, bound
    for _ in range(_BISECTIONS):
        price = (low + high) / 2
        if viterbi(costs + price, lengths).sum() > segments:
            low = price
        else:
            high = price
    return viterbi(costs + high, lengths), high


def posteriors(scores: Costs, lengths: Lengths) -> tuple[Costs, Costs]:
    """Forward–backward: the probability of each segment [U, T, L] and the log-likelihood of each sequence [U].

    Args:
        scores: [U, T, L], log-probabilities of segments, -inf where one is not allowed or does not exist.
        lengths: [U], positions of each sequence, at least 1.
    """
    count, longest, reach = scores.shape
    ahead = np.full((count, reach + longest), -np.inf)
    ahead[:, reach - 1] = 0.0
    for t in range(longest):
        ahead[:, reach + t] = logsumexp(scores[:, t] + ahead[:, t : t + reach][:, ::-1], axis=1)
    rows = np.arange(count)
    behind = np.full((count, longest + 1), -np.inf)
    behind[rows, lengths] = 0.0
    likelihood = ahead[rows, reach - 1 + lengths]
    probability = np.zeros_like(scores)
    for t in range(longest - 1, -1, -1):
        through = scores[:, t] + behind[:, t + 1, None]
        starts = ahead[:, t : t + reach][:, ::-1]
        probability[:, t] = np.exp(through + starts - likelihood[:, None])
        for extra in range(min(reach, t + 1)):
            behind[:, t - extra] = np.logaddexp(behind[:, t - extra], through[:, extra])
    return probability, likelihood


def _walk_back(back: npt.NDArray[np.int64], lengths: Lengths) -> Ends:
    """The segment ends [U, T] that the best lengths (less one) of last segments, [U, T], lead back through."""
    ends = np.zeros(back.shape, dtype=np.bool_)
    rows, position = np.arange(len(back)), lengths - 1
    while len(rows):
        ends[rows, position] = True
        position = position - back[rows, position] - 1
        rows, position = rows[position >= 0], position[position >= 0]
    return ends
