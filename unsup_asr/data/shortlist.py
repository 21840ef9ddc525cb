"""The likeliest entries of segments with their scores: the scores of a whole vocabulary would not fit memory."""

from dataclasses import dataclass

import torch
from torch import Tensor

_KEPT = 32


@dataclass(frozen=True)
class Shortlist:
    """Scores of entries by segment.

    Attributes:
        entries: [N, K], whole numbers below V.
        scores: [N, K], log-scores, the best first; all other entries have the last of them.
        size: V.
    """

    entries: Tensor
    scores: Tensor
    size: int

    @classmethod
    def of(cls, scores: Tensor) -> "Shortlist":
        """The best of scores [N, V]."""
        best = scores.topk(min(_KEPT, scores.shape[1]), dim=1)
        return cls(best.indices.int(), best.values, scores.shape[1])

    @classmethod
    def joined(cls, parts: "list[Shortlist]") -> "Shortlist":
        """Those of some segments after those of others; there is one part at least."""
        entries = torch.cat([part.entries for part in parts])
        return cls(entries, torch.cat([part.scores for part in parts]), parts[0].size)

    def dense(self, rows: Tensor) -> Tensor:
        """The scores of the given rows [...], [..., V]."""
        scores = self.scores[rows]
        spread = scores[..., -1:].expand(*rows.shape, self.size).clone()
        return spread.scatter_(-1, self.entries[rows].long(), scores)

    def to(self, device: str | torch.device) -> "Shortlist":
        """The same on another device."""
        return Shortlist(self.entries.to(device), self.scores.to(device), self.size)
