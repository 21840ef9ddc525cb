"""How often speech finds its picture, and a picture its speech: recall at 1, 5 and 10.

An utterance describes one picture, a picture may have several utterances. A picture is found when any of its
utterances is among the k nearest, as published (atosystem/SpeechCLIP, `mutualRetrieval`): with five utterances
a picture, speech is the easier thing to find, so that the two directions are not to be compared.

Shapes: N utterances, P pictures, E width of the joint space. Rates are percent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

import torch
from scipy.stats import hypergeom
from torch import Tensor

from unsup_asr.errors import InputError
from unsup_asr.files import read_json, write_json

DEPTHS = (1, 5, 10)

# Rows of the similarity that are held at once.
_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Recalls:
    """Percent of the queries that find what belongs to them among the 1, 5 and 10 nearest."""

    at_1: float
    at_5: float
    at_10: float


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """Both directions.

    Attributes:
        speech_to_image: an utterance finds its picture.
        image_to_speech: a picture finds any of its utterances.
        mean: of the two.
        chance_speech_to_image, chance_image_to_speech: what similarities that mean nothing are expected to give.
        utterances, images: how many of each there are to choose from.
    """

    speech_to_image: Recalls
    image_to_speech: Recalls
    mean: Recalls
    chance_speech_to_image: Recalls
    chance_image_to_speech: Recalls
    utterances: int
    images: int


def retrieval_scores(speech: Tensor, images: Tensor, image_of: Tensor) -> RetrievalScores:
    """Scores of embeddings by their inner product.

    Args:
        speech: [N, E].
        images: [P, E], each picture once.
        image_of: [N], the row of each utterance's picture.

    Raises:
        InputError: numbers of rows that do not fit, or a picture without an utterance.
    """
    return _scores(_products(speech, images), _products(images, speech), image_of.cpu(), len(images))


def retrieval_by_similarity(similarity: Tensor, image_of: Tensor) -> RetrievalScores:
    """Scores of similarities [N, P] of any kind; other arguments and errors as in `retrieval_scores`."""
    return _scores(similarity.split(_ROWS), similarity.T.split(_ROWS), image_of.cpu(), similarity.shape[1])


def retrieval_r1(queries: Tensor, keys: Tensor, ids: Tensor | None = None) -> float:
    """Percent of queries [N, E] whose own key [N, E], or one of the same id [N], is the nearest."""
    own = torch.arange(len(queries)) if ids is None else ids.cpu()
    return 100 * float(_found(_products(queries, keys), own, own)[:, 0].mean())


def write_retrieval(path: Path, scores: Mapping[str, RetrievalScores]) -> None:
    """Write `retrieval.json`: the scores of each branch by its name."""
    write_json(path, {branch: asdict(found) for branch, found in scores.items()})


def read_retrieval(path: Path) -> dict[str, RetrievalScores]:
    """Read what `write_retrieval` wrote.

    Raises:
        InputError: the file is missing or holds something else.
    """
    try:
        return {branch: _of_row(row) for branch, row in read_json(path).items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        fault = f"holds no retrieval scores: {error}"
        raise InputError(fault, where=path, remedy="evaluate the run again") from error


def _of_row(row: dict[str, Any]) -> RetrievalScores:
    values: dict[str, Any] = {k: Recalls(**v) if isinstance(v, dict) else v for k, v in row.items()}
    return RetrievalScores(**values)


def _products(queries: Tensor, keys: Tensor) -> Iterator[Tensor]:
    """Rows of the similarity, some at a time."""
    return (part @ keys.T for part in queries.split(_ROWS))


def _scores(forth: Iterable[Tensor], back: Iterable[Tensor], image_of: Tensor, pool: int) -> RetrievalScores:
    sizes = torch.bincount(image_of, minlength=pool)
    if len(sizes) != pool or not sizes.all():
        fault = f"{int((sizes[:pool] > 0).sum())} of {pool} pictures have an utterance"
        fault = fault if len(sizes) == pool else f"picture {len(sizes) - 1} is not among {pool}"
        raise InputError(fault, where="retrieval", remedy="give the pictures of the utterances and no others")
    rows = torch.arange(pool)
    ours = _recalls(_found(forth, image_of, rows)), _recalls(_found(back, rows, image_of))
    chance_image = expected_chance(torch.ones_like(image_of), pool)
    chance_speech = expected_chance(sizes, len(image_of))
    return RetrievalScores(*ours, mean_of(*ours), chance_image, chance_speech, len(image_of), pool)


def _found(similarity: Iterable[Tensor], query_ids: Tensor, key_ids: Tensor) -> Tensor:
    """[Q, 10]: one where a key of the query's own id is among the first k = 1 … 10, zero elsewhere."""
    if not len(query_ids):
        raise InputError("there is nothing to retrieve", where="retrieval", remedy="give a split with speech")
    depth = min(DEPTHS[-1], len(key_ids))
    nearest = torch.cat([part.topk(depth).indices.cpu() for part in similarity])
    if len(nearest) != len(query_ids):
        fault = f"{len(nearest)} embeddings for {len(query_ids)} ids"
        raise InputError(fault, where="retrieval", remedy="give one id for each")
    hits = (key_ids[nearest] == query_ids[:, None]).cummax(dim=1).values.float()
    return torch.cat([hits, hits[:, -1:].expand(-1, DEPTHS[-1] - depth)], dim=1)


def _recalls(found: Tensor) -> Recalls:
    return Recalls(*(100 * float(found[:, k - 1].double().mean()) for k in DEPTHS))


def expected_chance(sizes: Tensor, pool: int) -> Recalls:
    """What retrieval without meaning gives: the chance that one of the right ones is among k drawn from a pool.

    Args:
        sizes: [Q], how many right ones each query has.
        pool: how many there are to draw from, without replacement (hypergeometric).
    """
    depths = [min(k, pool) for k in DEPTHS]
    counts = sizes.numpy()
    return Recalls(*(100 * float(hypergeom.sf(0, pool, counts, k).mean()) for k in depths))


def mean_of(one: Recalls, other: Recalls) -> Recalls:
    """Of two directions, at each depth."""
    return Recalls(*((a + b) / 2 for a, b in zip(astuple(one), astuple(other), strict=True)))
