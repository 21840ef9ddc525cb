"""The hypotheses of a reordering beam that have read equally many segments.

Shapes: B utterances, K hypotheses, L most words of a text, V entries.
"""

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from unsup_asr.data.vocabulary import NULL
from unsup_asr.decoding.hypothesis import UNHEARD

# Two texts are told apart by a number made of their words.
_PRIME = 1_000_003


@dataclass(frozen=True)
class Stack:
    """Hypotheses that have read equally many segments, [B, K] unless said.

    `hopes` is what the unread segments will bring at best, `first` the first unread segment, `ahead` the bits of
    those read after it, `head` the segment after the last one read, `names` tells texts apart.
    """

    totals: Tensor
    hopes: Tensor
    states: Tensor
    first: Tensor
    ahead: Tensor
    head: Tensor
    names: Tensor
    lengths: Tensor
    texts: Tensor  # [B, K, L]
    sources: Tensor  # [B, K, L]

    def taken(self, rows: Tensor) -> "Stack":
        """Those of the given rows [B, k]."""
        return Stack(**{name: _rows(value, rows) for name, value in vars(self).items()})

    def joined(self, other: "Stack") -> "Stack":
        """Both."""
        pairs = ((name, (value, getattr(other, name))) for name, value in vars(self).items())
        return Stack(**{name: torch.cat(pair, dim=1) for name, pair in pairs})

    def replaced(self, other: "Stack", where: Tensor) -> "Stack":
        """The other's hypotheses for some utterances [B]."""
        chosen = {}
        for field in fields(self):
            mine, others = getattr(self, field.name), getattr(other, field.name)
            chosen[field.name] = torch.where(where.view(-1, *[1] * (mine.dim() - 1)), others, mine)
        return Stack(**chosen)

    def written(self, entries: Tensor, sources: Tensor, words: int) -> "Stack":
        """With a word [B, K] from a segment [B, K] each; null adds nothing. `words` is V, for the names."""
        place, said = self.lengths[..., None], entries != NULL
        names = self.names * _PRIME + (sources - UNHEARD) * words + entries
        return replace(
            self,
            names=torch.where(said, names, self.names),
            lengths=self.lengths + said.long(),
            texts=self.texts.scatter(2, place, entries[..., None]),
            sources=self.sources.scatter(2, place, torch.where(said, sources, UNHEARD)[..., None]),
        )

    def widened(self, number: int) -> "Stack":
        """With impossible hypotheses up to a number."""
        missing = self.taken(torch.zeros_like(self.first[:, :1]).expand(-1, number - self.first.shape[1]))
        return self.joined(replace(missing, totals=torch.full_like(missing.totals, float("-inf"))))

    @property
    def keys(self) -> Tensor:
        """[B, K], equal where text and segments read are."""
        return (self.names * _PRIME + self.first) * _PRIME + self.ahead


def _rows(values: Tensor, rows: Tensor) -> Tensor:
    """Values [B, K, …] of the rows [B, k]."""
    if values.dim() == 2:
        return values.gather(1, rows)
    return values.gather(1, rows[..., None].expand(-1, -1, values.shape[2]))
