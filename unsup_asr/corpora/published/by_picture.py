"""What is shared out by picture, so that none is on two sides."""

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

from unsup_asr.corpora.preparation import LeftOut

# The further right, the stronger the claim on a picture that several splits show.
_CLAIMS = ("train", "validation", "test")

T = TypeVar("T")


def text_half(picture: str, share: float) -> bool:
    """Whether a picture lends its captions to the text side, and its speech to nothing.

    A matter of the picture's name alone: the same on every machine, in every split, language and order.

    Args:
        picture: its path or name, as the publisher writes it.
        share: of the pictures that go to the text side, 0 to 1.
    """
    return position(picture, "text") < share


def position(picture: str, purpose: str) -> float:
    """Where a picture's name falls between 0 and 1, evenly spread; independent for each purpose."""
    digest = hashlib.sha256(f"{purpose}:{picture}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def keep_apart(
    splits: Mapping[str, Sequence[T]], picture: Callable[[T], Hashable], id: Callable[[T], str]
) -> tuple[dict[str, list[T]], list[LeftOut]]:
    """Leave each picture to one split: the test set keeps its own, then validation, then training.

    Args:
        splits: items of `train`, `validation` and `test`, those that there are.
        picture: of an item.
        id: of an item, for the account.

    Returns:
        The items that stay, in their order, and those that go, as left out on purpose.
    """
    owner = {picture(item): name for name in _CLAIMS for item in splits.get(name, ())}
    kept: dict[str, list[T]] = {name: [] for name in splits}
    gone: list[LeftOut] = []
    for name, items in splits.items():
        for item in items:
            if (owns := owner[picture(item)]) == name:
                kept[name].append(item)
            else:
                gone.append(LeftOut(id(item), name, f"picture is in {owns}, too", broken=False))
    return kept, gone
