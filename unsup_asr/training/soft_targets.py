"""What segments were taken for: distributions over a vocabulary, of which few entries are above zero.

Shapes: N segments, K hypotheses, V entries.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from unsup_asr.data.vocabulary import NULL

# Segments whose distributions are spread over the vocabulary at once.
_CHUNK = 4096


@dataclass(frozen=True)
class SoftTargets:
    """A distribution a segment, as what each hypothesis says there: a vocabulary's width would not fit memory.

    Attributes:
        entries: [N, K], whole numbers below V; one that stands several times in a row has the sum.
        probabilities: [N, K]; rows sum to one, to what they weigh, or to nothing where nothing is to be learned.
        size: V.
    """

    entries: Tensor
    probabilities: Tensor
    size: int

    @classmethod
    def read(cls, entries: Tensor, size: int) -> "SoftTargets":
        """What was read in segments [N]; where that is null, nothing is to be learned."""
        return cls(entries[:, None].int(), (entries != NULL)[:, None].float(), size)

    def __len__(self) -> int:
        return len(self.entries)

    def dense(self, rows: Tensor) -> Tensor:
        """The distributions of the given rows [n], [n, V]."""
        probabilities = self.probabilities[rows]
        spread = probabilities.new_zeros(len(rows), self.size)
        return spread.scatter_add_(1, self.entries[rows].long(), probabilities)

    def expected(self, values: Tensor) -> Tensor:
        """Sums of values over the segments, by the entry that they are taken for, [V] in float64.

        Args:
            values: [N, 1], of each segment, or [N, K], of each of its hypotheses.
        """
        weighted = (self.probabilities.double() * values).flatten()
        return weighted.new_zeros(self.size).index_add_(0, self.entries.flatten().long(), weighted)

    @property
    def likeliest(self) -> Tensor:
        """[N], the likeliest entry of each segment; null where nothing is to be learned."""
        rows = torch.arange(len(self), device=self.entries.device)
        found = [self.dense(some).argmax(dim=1) for some in rows.split(_CHUNK)]
        return torch.cat(found) if found else rows

    def mixed_with(self, said: Tensor, where: Tensor, share: float) -> "SoftTargets":
        """What was said has a share of some segments, and these have the rest; the other segments stay.

        Args:
            said: [N], entries.
            where: [N], true for some.
            share: between 0 and 1.
        """
        here = share * where[:, None].to(self.probabilities.dtype)
        return SoftTargets(
            torch.cat([self.entries, said[:, None].to(self.entries.dtype)], dim=1),
            torch.cat([self.probabilities * (1 - here), here], dim=1),
            self.size,
        )
