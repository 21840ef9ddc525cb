"""Where units were heard: the best alignment of given units with CTC outputs, all utterances at once.

Shapes: B utterances, T outputs, V units, L units of the longest text; P = 2 L + 1 places: the units, with blanks
before, between and after them.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from unsup_asr.models.ctc_student import BLANK

_NEVER = float("-inf")


@dataclass(frozen=True)
class UnitTimes:
    """Outputs [B, L] in which each unit was heard, from `first` to `last`; 0 beyond a text's end."""

    first: Tensor
    last: Tensor


@torch.no_grad()
def align_units(log_probs: Tensor, lengths: Tensor, units: Tensor, counts: Tensor) -> UnitTimes:
    """The most probable alignment (Viterbi).

    Args:
        log_probs: [B, T, 1 + V], blank first.
        lengths: [B], outputs of each utterance, enough for its text.
        units: [B, L], anything beyond a text's end.
        counts: [B], units of each text.
    """
    inside = torch.arange(units.shape[1], device=units.device) < counts[:, None]
    columns = _columns(units.masked_fill(~inside, 0))
    passable = _passable(columns)
    # As if a blank had been heard before the beginning.
    scores = torch.full(columns.shape, _NEVER, device=log_probs.device)
    scores[:, 0] = 0.0
    steps = []
    for time in range(log_probs.shape[1]):
        passed = _after(scores, 2).masked_fill(~passable, _NEVER)
        best, step = torch.stack([scores, _after(scores, 1), passed]).max(dim=0)
        here = (time < lengths)[:, None]
        scores = torch.where(here, best + log_probs[:, time].gather(1, columns), scores)
        steps.append(step.masked_fill(~here, 0))
    heard = _followed_back(steps, _last_places(scores, counts), lengths)
    at = heard[:, None] == 2 * torch.arange(units.shape[1], device=units.device)[:, None] + 1
    return _first_and_last(at & inside[..., None])


def _columns(units: Tensor) -> Tensor:
    """The column of each place, [B, P]."""
    columns = units.new_full((len(units), 2 * units.shape[1] + 1), BLANK)
    columns[:, 1::2] = units + 1
    return columns


def _passable(columns: Tensor) -> Tensor:
    """Places [B, P] that can be come to past the one before: units after another unit than themselves."""
    passable = torch.zeros_like(columns, dtype=torch.bool)
    passable[:, 2:] = (columns[:, 2:] != BLANK) & (columns[:, 2:] != columns[:, :-2])
    return passable


def _after(scores: Tensor, step: int) -> Tensor:
    """The scores [B, P] of the places so many before each."""
    return functional.pad(scores, (step, 0), value=_NEVER)[:, : scores.shape[1]]


def _last_places(scores: Tensor, counts: Tensor) -> Tensor:
    """Where the best alignments end, [B]: the last unit, or the blank after it."""
    blank, unit = 2 * counts, (2 * counts - 1).clamp(min=0)
    ends = [scores.gather(1, places[:, None])[:, 0] for places in (blank, unit)]
    return torch.where(ends[1] > ends[0], unit, blank)


def _followed_back(steps: list[Tensor], place: Tensor, lengths: Tensor) -> Tensor:
    """The place heard in each output, [B, T], −1 beyond an utterance's end."""
    heard = []
    for time in reversed(range(len(steps))):
        heard.append(place.masked_fill(time >= lengths, -1))
        place = place - steps[time].gather(1, place[:, None])[:, 0]
    return torch.stack(heard[::-1], dim=1) if heard else place.new_zeros(len(place), 0)


def _first_and_last(at: Tensor) -> UnitTimes:
    """The first and the last output of those marked, [B, L, T]."""
    if not at.shape[2]:
        nowhere = at.new_zeros(at.shape[:2], dtype=torch.long)
        return UnitTimes(nowhere, nowhere)
    marked = at.int()
    last = at.shape[2] - 1 - marked.flip(2).argmax(dim=2)
    return UnitTimes(marked.argmax(dim=2), last.masked_fill(~at.any(dim=2), 0))
