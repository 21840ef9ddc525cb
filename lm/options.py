"""What an estimate is asked for, checked before anything is counted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lm.errors import LanguageModelError
from lm.text import BOS, EncodedText

MAX_ORDER = 6
FALLBACK = (0.5, 1.0, 1.5)


@dataclass(frozen=True)
class EstimateOptions:
    """Options of an estimate.

    Args:
        order: length of the longest n-grams.
        prune: [order] occurrences up to which an n-gram is left out.
        fallback: [3] discounts of counts of 1, 2, and 3 or more where they cannot be estimated; None to fail.
    """

    order: int
    prune: tuple[int, ...]
    fallback: tuple[float, ...] | None


def checked_options(
    text: EncodedText, order: int, prune: Sequence[int], discount_fallback: bool | Sequence[float]
) -> EstimateOptions:
    """The options in full.

    Raises:
        LanguageModelError: one of them is out of range, or the order is beyond the longest sentence.
    """
    if not 1 <= order <= MAX_ORDER:
        raise LanguageModelError(
            f"order is {order}, not 1 to {MAX_ORDER}", remedy="KenLM reads no higher order"
        )
    longest = int(np.diff(np.flatnonzero(text.ids == BOS), append=len(text.ids)).max())
    if order > longest:
        raise LanguageModelError(
            f"order {order} is too high: the longest sentence, with <s> and </s>, has {longest} words",
            remedy=f"choose an order of {longest} or less",
        )
    return EstimateOptions(order, _thresholds(order, prune), _fallback(discount_fallback))


def _thresholds(order: int, prune: Sequence[int]) -> tuple[int, ...]:
    """A pruning threshold an order."""
    given = list(prune) or [0]
    if given[0] != 0 or given != sorted(given) or len(given) > order:
        raise LanguageModelError(
            f"the pruning thresholds {given} do not fit order {order}",
            remedy="give at most one an order, the first 0, none below the one before it",
        )
    return (*given, *given[-1:] * (order - len(given)))


def _fallback(discounts: bool | Sequence[float]) -> tuple[float, ...] | None:
    """A discount for each count; the last given holds for those that are not, as lmplz has it."""
    if isinstance(discounts, bool):
        return FALLBACK if discounts else None
    filled = (*discounts, *[*discounts[-1:]] * 2)[:3] if len(discounts) <= 3 else ()
    if not filled or not all(0 <= discount <= count for count, discount in enumerate(filled, start=1)):
        raise LanguageModelError(
            f"the fallback discounts {list(discounts)} are not one to three of 0 to 1, 0 to 2, 0 to 3",
            remedy="leave them out for 0.5 1 1.5",
        )
    return tuple(filled)
