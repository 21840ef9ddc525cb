"""All transitions of a small model over entries, looked up instead of searched for.

Shapes: S states, V entries.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Transitions = tuple[Tensor, Tensor]

# Of larger tables searching is left to the model: this one has 128 MB.
MOST_CELLS = 2**24
_ROWS = 4096  # states that are written down at a time


@dataclass(frozen=True)
class TransitionTable:
    """What every entry scores after every state.

    Attributes:
        scores: [S, V], log p(entry | state).
        following: [S, V], the state after it.
    """

    scores: Tensor
    following: Tensor

    @classmethod
    def of(cls, advance: Callable[[Tensor], Transitions], states: Tensor) -> "TransitionTable":
        """Write down what a model says.

        Args:
            advance: for states [n], the scores [n, V] and the states [n, V] after them.
            states: [S], all, in their order.
        """
        scores, following = zip(*(advance(rows) for rows in states.split(_ROWS)), strict=True)
        return cls(torch.cat(scores), torch.cat([after.int() for after in following]))

    def is_of(self, weights: Tensor) -> bool:
        """Whether it is where a model's weights are, and of their kind: models are moved and converted."""
        return self.scores.device == weights.device and self.scores.dtype == weights.dtype

    def advance(self, states: Tensor) -> Transitions:
        """[B, V] log p(entry | state) and states after it, of states [B]."""
        return self.scores[states], self.following[states].long()

    def step(self, states: Tensor, entries: Tensor) -> Transitions:
        """Score and state after it of each pair of a state and an entry; both of one shape."""
        cells = states * self.scores.shape[1] + entries
        return self.scores.view(-1)[cells], self.following.view(-1)[cells].long()
