"""What a decoder takes a word for: the entries that share its segments' posteriors.

Shapes: V entries, C confusable entries of a word, N segments.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import coo_array
from torch import Tensor

from unsup_asr.data.vocabulary import NULL
from unsup_asr.training.soft_targets import SoftTargets


@dataclass(frozen=True)
class Confusions:
    """Rows of a confusion matrix, of which the largest columns are kept.

    Attributes:
        entries: [V, C], what each entry is taken for.
        probabilities: [V, C]; what a row lacks to one is spread evenly over all words.
    """

    entries: Tensor
    probabilities: Tensor

    def drawn(self, words: Tensor, generator: torch.Generator) -> Tensor:
        """Something that each word [n] might be taken for instead, [n]; never null."""
        shares = self.probabilities[words]
        rest = (1 - shares.sum(dim=1, keepdim=True)).clamp(min=0)
        places = torch.multinomial(torch.cat([rest, shares], dim=1), 1, generator=generator)
        anything = torch.randint(NULL + 1, len(self.entries), words.shape, generator=generator)
        return torch.where(
            places[:, 0] == 0, anything, self.entries[words].gather(1, places - 1 + (places == 0))[:, 0]
        )

    @classmethod
    def unknown(cls, size: int) -> "Confusions":
        """Every word may be taken for any of `size` entries."""
        return cls(torch.zeros(size, 1, dtype=torch.long), torch.zeros(size, 1))

    @classmethod
    def of(cls, targets: SoftTargets, number: int, doubt: float = 1.0) -> "Confusions":
        """Those of posteriors.

        c(v, w) = Σ p(v) p(w) over segments for v ≠ w, and p(w | v) = c(v, w) / (Σ_u c(v, u) + doubt).

        Args:
            targets: posteriors of segments.
            number: C, entries kept for each word, the likeliest.
            doubt: expected confusions that count as much as what is spread evenly.
        """
        size, (rows, columns, counts) = targets.size, _pair_counts(targets)
        order = np.lexsort((columns, -counts, rows))
        rows, columns, counts = rows[order], columns[order], counts[order]
        totals = np.bincount(rows, counts, minlength=size) + doubt
        numbers = np.bincount(rows, minlength=size)
        places = np.arange(len(rows)) - (numbers.cumsum() - numbers)[rows]
        kept = places < number
        entries, shares = np.zeros((size, number), np.int64), np.zeros((size, number), np.float32)
        entries[rows[kept], places[kept]] = columns[kept]
        shares[rows[kept], places[kept]] = (counts / totals[rows])[kept]
        return cls(torch.from_numpy(entries), torch.from_numpy(shares))


def _pair_counts(targets: SoftTargets) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """How much of the same segments two different words have, null left out: rows, columns, and counts."""
    entries, shares = targets.entries.cpu().numpy(), targets.probabilities.double().cpu().numpy()
    segments = np.broadcast_to(np.arange(len(entries))[:, None], entries.shape)
    said = entries != NULL
    places = entries[said].astype(np.int64), segments[said]
    posteriors = coo_array((shares[said], places), shape=(targets.size, len(entries))).tocsr()
    together = (posteriors @ posteriors.T).tocoo()
    rows, columns = (index.astype(np.int64) for index in together.coords)
    apart = (rows != columns) & (together.data > 0)
    return rows[apart], columns[apart], together.data[apart]
