"""The two sides of a comparison, utterance by utterance."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from segmenters.errors import SegmentationError


class Identified(Protocol):
    """Anything that belongs to an utterance."""

    @property
    def id(self) -> str: ...


Gold = TypeVar("Gold", bound=Identified)
Found = TypeVar("Found", bound=Identified)


def paired(gold: Sequence[Gold], hyp: Sequence[Found]) -> list[tuple[Gold, Found]]:
    """Pair what is known of the same utterances, in whatever order it comes.

    Raises:
        SegmentationError: the utterances differ, or one comes twice.
    """
    true, found = _by_id(gold, "gold"), _by_id(hyp, "hypothesis")
    if lonely := sorted(true.keys() ^ found.keys()):
        side = "gold" if lonely[0] in true else "the hypothesis"
        fault = f"{len(lonely)} utterances are on one side only; this one in {side}"
        raise SegmentationError(fault, where=lonely[0], remedy="segment the same utterances")
    return [(item, found[id]) for id, item in true.items()]


Item = TypeVar("Item", bound=Identified)


def _by_id(items: Sequence[Item], side: str) -> dict[str, Item]:
    table: dict[str, Item] = {}
    for item in items:
        if item.id in table:
            raise SegmentationError(f"comes twice in {side}", where=item.id, remedy="keep one of them")
        table[item.id] = item
    return table
