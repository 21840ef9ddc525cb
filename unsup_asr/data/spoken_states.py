"""What training sees of speech that is heard whole: hidden states of a speech encoder and picture embeddings.

There is no field for text. Shapes: U utterances in all, B in a batch, L hidden states a frame has, T frames,
D channels, E width of CLIP's joint space.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from unsup_asr.data.transfer import moved


@dataclass(frozen=True)
class States:
    """Hidden states of some utterances.

    Attributes:
        values: [B, L, T, D], zero beyond an utterance's end.
        lengths: [B], frames of each utterance.
    """

    values: Tensor
    lengths: Tensor

    def to(self, device: str | torch.device) -> "States":
        """The same on another device."""
        return States(moved(self.values, device), moved(self.lengths, device))

    def cropped(self, longest: int) -> "States":
        """At most `longest` frames of each utterance, from a place drawn at random."""
        total = self.values.shape[2]
        if total <= longest:
            return self
        room = (self.lengths - longest).clamp(min=0)
        starts = (torch.rand(len(room), device=room.device) * (room + 1)).long()
        places = starts[:, None] + torch.arange(longest, device=room.device)
        index = places.clamp(max=total - 1)[:, None, :, None]
        values = self.values.gather(2, index.expand(-1, self.values.shape[1], -1, self.values.shape[3]))
        return States(values, self.lengths.clamp(max=longest))


class StateSource(Protocol):
    """Where the hidden states of utterances come from: a cache, or an encoder that learns."""

    def states(self, rows: Tensor) -> States:
        """Those of the given rows [B]."""
        ...


@dataclass(frozen=True)
class SpokenStates:
    """The utterances of a split.

    Attributes:
        ids: of the utterances, U.
        source: of their hidden states.
        images: [U, E], unit picture embeddings.
        image_ids: [U], equal where the picture is the same.
        seconds: [U], durations; empty where nobody asks.
    """

    ids: tuple[str, ...]
    source: StateSource
    images: Tensor
    image_ids: Tensor
    seconds: Tensor = field(default_factory=lambda: torch.empty(0))

    def __len__(self) -> int:
        return len(self.ids)


def pad_states(states: Sequence[Tensor]) -> States:
    """Hidden states [L, T, D] of utterances, one batch."""
    lengths = torch.tensor([each.shape[1] for each in states])
    values = states[0].new_zeros(
        len(states), states[0].shape[0], int(lengths.max()), states[0].shape[2], dtype=torch.float32
    )
    for row, each in enumerate(states):
        values[row, :, : each.shape[1]] = each
    return States(values, lengths)
