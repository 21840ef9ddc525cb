"""ZeroSpeech 2021, semantic task: does the distance of two spoken words follow what people judge?

Nguyen et al. 2020, *The Zero Resource Speech Benchmark 2021*. A recording's frames are pooled to one vector. The
distance of two words is the mean over their recordings: of one voice in the synthetic part, whoever speaks in
LibriSpeech. The score of a data set of judgements is 100 times Spearman's correlation of distances and
judgements, the latter turned round.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.stats import spearmanr

from unsup_asr.errors import InputError
from unsup_asr.evaluation.zerospeech_judgements import (
    LIBRISPEECH,
    JudgedPair,
    Recording,
    read_pairs,
    read_recordings,
)

Vectors = Mapping[Recording, NDArray[np.float64]]

POOLINGS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "mean": lambda frames: frames.mean(axis=0),
    "max": lambda frames: frames.max(axis=0),
    "min": lambda frames: frames.min(axis=0),
    "sum": lambda frames: frames.sum(axis=0),
    "last": lambda frames: frames[-1],
    "lastlast": lambda frames: frames[-2],
}


@dataclass(frozen=True, slots=True)
class SemanticMeasure:
    """How recordings are compared.

    Attributes:
        metric: a distance of `scipy.spatial.distance.cdist`.
        pooling: how frames become one vector, one of `POOLINGS`.
    """

    metric: str = "cosine"
    pooling: str = "mean"


@dataclass(frozen=True, slots=True)
class DatasetScore:
    """100 × Spearman's correlation over the `pairs` of a data set; not a number if all distances are equal."""

    type: str
    dataset: str
    pairs: int
    correlation: float


@dataclass(frozen=True, slots=True)
class SemanticScores:
    """Scores by type and data set, in the order of the alphabet."""

    datasets: tuple[DatasetScore, ...]

    def mean(self, type: str) -> float:
        """Mean over the data sets of a type."""
        return float(np.mean([score.correlation for score in self._of(type)]))

    def weighted_mean(self, type: str) -> float:
        """Mean over the data sets of a type, each weighted by its number of pairs."""
        scores = self._of(type)
        return float(
            np.average([score.correlation for score in scores], weights=[score.pairs for score in scores])
        )

    def _of(self, type: str) -> list[DatasetScore]:
        return [score for score in self.datasets if score.type == type]


def semantic_scores(gold: Path, pairs: Path, features: Path, measure: SemanticMeasure) -> SemanticScores:
    """Score a submission against human judgements.

    Args:
        gold: gold.csv, which word each recording says.
        pairs: pairs.csv, the judgements.
        features: folder of `TYPE/FILENAME.txt`, frames a line.
        measure: how recordings are compared.

    Raises:
        InputError: a file is missing or damaged, or a pair has a word that no recording says.
    """
    recordings, judged = read_recordings(gold), read_pairs(pairs)
    vectors = {recording: _vector(features, recording, measure) for recording in recordings}
    distances = word_distances(vectors, judged, measure)
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, pair in enumerate(judged):
        groups[pair.type, pair.dataset].append(row)
    return SemanticScores(
        tuple(
            _score([judged[row] for row in rows], distances[rows], pairs)
            for _, rows in sorted(groups.items())
        )
    )


def word_distances(
    vectors: Vectors, pairs: Sequence[JudgedPair], measure: SemanticMeasure
) -> NDArray[np.float64]:
    """The distance of the words of each pair, [P].

    Args:
        vectors: each recording's, [D].
        pairs: of words that the recordings say.
        measure: the metric is taken from it.

    Raises:
        InputError: there is no such metric, or two words have no recordings to compare.
    """
    said: dict[tuple[str, str], list[Recording]] = defaultdict(list)
    for recording in vectors:
        said[recording.type, recording.word].append(recording)
    return np.array([_distance(pair, said, vectors, measure.metric) for pair in pairs])


def _vector(features: Path, recording: Recording, measure: SemanticMeasure) -> NDArray[np.float64]:
    path = features / recording.type / f"{recording.filename}.txt"
    if measure.pooling not in POOLINGS:
        known = ", ".join(POOLINGS)
        raise InputError(
            f"no such pooling: {measure.pooling!r}", where="pooling", remedy=f"choose of {known}"
        )
    try:
        frames = np.loadtxt(path, ndmin=2)
    except (OSError, ValueError) as error:
        fault = f"no matrix of frames: {error}"
        raise InputError(fault, where=path, remedy="write the features anew") from error
    if measure.pooling == "lastlast" and len(frames) < 2:
        raise InputError("has no frame before the last", where=path, remedy="choose another pooling")
    return POOLINGS[measure.pooling](frames)


def _distance(
    pair: JudgedPair, said: Mapping[tuple[str, str], list[Recording]], vectors: Vectors, metric: str
) -> float:
    firsts, seconds = said.get((pair.type, pair.word_1), []), said.get((pair.type, pair.word_2), [])
    if not firsts or not seconds:
        lacking = pair.word_2 if firsts else pair.word_1
        fault = f"no {pair.type} recording of {lacking!r}"
        raise InputError(fault, where="gold.csv", remedy="take gold.csv and pairs.csv of one data set")
    if pair.type == LIBRISPEECH:
        distances = _cdist([vectors[one] for one in firsts], [vectors[one] for one in seconds], metric)
        return _mean(distances.ravel().tolist())
    shared = [(one, other) for one in firsts for other in seconds if one.voice == other.voice]
    if not shared:
        fault = f"no voice says both {pair.word_1!r} and {pair.word_2!r}"
        raise InputError(fault, where="gold.csv", remedy="take gold.csv and pairs.csv of one data set")
    return _mean([float(_cdist([vectors[one]], [vectors[other]], metric)[0, 0]) for one, other in shared])


def _mean(values: Sequence[float]) -> float:
    """Exact, so that two words are as far from each other either way round: ranks tell the last digit."""
    return fsum(values) / len(values)


def _cdist(
    ones: list[NDArray[np.float64]], others: list[NDArray[np.float64]], metric: str
) -> NDArray[np.float64]:
    try:
        distances: NDArray[np.float64] = cdist(np.stack(ones), np.stack(others), metric=metric)
    except ValueError as error:
        fault = f"not comparable: {error}"
        raise InputError(
            fault, where=metric, remedy="give a metric of scipy's cdist, and vectors of one width"
        ) from error
    return distances


def _score(pairs: Sequence[JudgedPair], distances: NDArray[np.float64], path: Path) -> DatasetScore:
    related = [pair.relatedness for pair in pairs]
    judgements = [pair.similarity for pair in pairs] if None in related else related
    if None in judgements:
        fault = f"{pairs[0].dataset} has neither similarity nor relatedness of all its pairs"
        raise InputError(fault, where=path, remedy="fetch it again")
    correlation = 100 * float(spearmanr(-np.array(judgements, dtype=np.float64), distances)[0])
    return DatasetScore(pairs[0].type, pairs[0].dataset, len(pairs), correlation)
