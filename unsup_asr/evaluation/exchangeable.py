"""Exchangeable words: those that captions use between the same neighbours, such as red and blue.

No n-gram model can tell them apart; only what is heard, or seen in the picture, can.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_array
from scipy.spatial.distance import squareform

# Two equally frequent words of this affinity are taken for each other in at least 14 % of their occurrences by
# whoever sees their neighbours alone: errors are at least (1 − √(1 − affinity²)) / 2.
AFFINITY = 0.7
# Of words that are rarer in the captions, too few neighbours are known; more than the most would not fit memory.
MINIMUM, _MOST_WORDS = 10, 5000

_START, _END = "<s>", "</s>"


def exchangeable_words(
    captions: Sequence[Sequence[str]], affinity: float = AFFINITY, minimum: int = MINIMUM
) -> list[tuple[str, ...]]:
    """Groups of words with like neighbours, joined as long as the mean affinity between two groups allows.

    Args:
        captions: as lists of words.
        affinity: the least mean affinity of two groups that are joined, 0–1; see `affinities`.
        minimum: words that the captions use less often are in no group.

    Returns:
        Groups of two words or more, no word in two; the most frequent words first.
    """
    counts = Counter(word for caption in captions for word in caption)
    ordered = sorted(counts, key=lambda word: (-counts[word], word))[:_MOST_WORDS]
    words = [word for word in ordered if counts[word] >= minimum]
    if len(words) < 2:
        return []
    distances = np.clip(1 - affinities(captions, words), 0, 1)
    tree = linkage(squareform(distances, checks=False), "average")
    groups: dict[int, list[str]] = {}
    for word, group in zip(words, fcluster(tree, 1 - affinity, "distance"), strict=True):
        groups.setdefault(int(group), []).append(word)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def affinities(captions: Sequence[Sequence[str]], words: Sequence[str]) -> NDArray[np.float64]:
    """[N, N]: how alike the neighbours of two words are, 1 where they are the same, 0 where they share none.

    The Bhattacharyya coefficient Σ √(p q) of the words before them, times that of the words after them: the
    coefficient of both neighbours together, were they independent given the word.

    Args:
        captions: as lists of words.
        words: N of them, each in the captions.
    """
    following = Counter(
        pair for caption in captions for pair in zip((_START, *caption), (*caption, _END), strict=True)
    )
    place = {word: row for row, word in enumerate(words)}
    after = [(place[left], right, count) for (left, right), count in following.items() if left in place]
    before = [(place[right], left, count) for (left, right), count in following.items() if right in place]
    return _overlaps(before, len(words)) * _overlaps(after, len(words))


def _overlaps(counted: Sequence[tuple[int, str, int]], rows: int) -> NDArray[np.float64]:
    """The coefficients [N, N] of the N distributions that are counted as (row, neighbour, times)."""
    columns: dict[str, int] = {}
    where = [(row, columns.setdefault(neighbour, len(columns))) for row, neighbour, _ in counted]
    times = np.array([count for _, _, count in counted], dtype=np.float64)
    row, column = np.array(where).T
    shares = times / np.bincount(row, times, rows)[row]
    roots = csr_array((np.sqrt(shares), (row, column)), shape=(rows, len(columns)))
    found: NDArray[np.float64] = (roots @ roots.T).toarray()
    return found
