"""Keywords in words: the tokens nearest to each of them ("detokenised"), and `keywords.json`.

Shapes: K keywords of an utterance, W width of CLIP's text tower.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from unsup_asr.encoders.token_table import TokenTable
from unsup_asr.errors import InputError
from unsup_asr.files import read_jsonl, write_jsonl


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A BPE piece, `dog</w>`, and its cosine to the keyword."""

    token: str
    score: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the utterance a keyword was heard, in seconds: what it attends to, or what it fired upon."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class DetokenisedKeyword:
    """A keyword: its nearest tokens, the nearest first, and its place, where that is known."""

    neighbours: tuple[Neighbour, ...]
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Detokenised:
    """The keywords of an utterance, and what was really said (or its translation)."""

    id: str
    gold: str
    keywords: tuple[DetokenisedKeyword, ...]


def detokenise(
    ids: Sequence[str],
    golds: Sequence[str],
    keywords: Sequence[Tensor],
    table: TokenTable,
    neighbours: int = 5,
    places: Sequence[Sequence[Place]] | None = None,
) -> list[Detokenised]:
    """Say keywords in tokens.

    Args:
        ids, golds: of the utterances.
        keywords: of each utterance, [K, W], as they are compared to the tokens.
        table: the tokens.
        neighbours: how many of them; all, if the table has fewer.
        places: of the keywords of each utterance.
    """
    found = table.nearest(torch.cat(list(keywords)), min(neighbours, len(table)))
    said = iter(
        tuple(Neighbour(table.pieces[row], score) for row, score in zip(*near, strict=True))
        for near in zip(found.rows.tolist(), found.scores.tolist(), strict=True)
    )
    where = [[None] * len(rows) for rows in keywords] if places is None else places
    return [
        Detokenised(id, gold, tuple(DetokenisedKeyword(next(said), place) for place in there))
        for id, gold, there in zip(ids, golds, where, strict=True)
    ]


def write_keywords(path: Path, detokenised: Iterable[Detokenised]) -> None:
    """Write `keywords.json`, a line an utterance.

    `{id, gold, keywords: [{neighbours: [{token, score}, …], place: {start, end} or null}, …]}`
    """
    write_jsonl(path, [asdict(row) for row in detokenised])


def read_keywords(path: Path) -> list[Detokenised]:
    """Read what `write_keywords` wrote.

    Raises:
        InputError: the file is missing or holds something else.
    """
    try:
        return [_utterance(row) for row in read_jsonl(path)]
    except (OSError, ValueError, TypeError, KeyError) as error:
        fault = f"holds no keywords: {error}"
        raise InputError(fault, where=path, remedy="evaluate the run again") from error


def _utterance(row: dict[str, Any]) -> Detokenised:
    return Detokenised(row["id"], row["gold"], tuple(_keyword(item) for item in row["keywords"]))


def _keyword(row: dict[str, Any]) -> DetokenisedKeyword:
    place = None if row["place"] is None else Place(**row["place"])
    return DetokenisedKeyword(tuple(Neighbour(**item) for item in row["neighbours"]), place)
