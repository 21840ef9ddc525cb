"""From chosen entries to the token embeddings that CLIP's text encoder reads.

Shapes: B utterances, T positions, V entries, P pieces of the longest entry, L tokens, W token width.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from unsup_asr.data.vocabulary import Vocabulary


@dataclass(frozen=True)
class WrittenTokens:
    """Texts as token embeddings [B, L, W] and their lengths [B]."""

    embeddings: Tensor
    lengths: Tensor


class EntryEmbeddings(nn.Module):
    """The CLIP embeddings of each entry's pieces, frozen.

    Args:
        vocabulary: the entries.
        token_embeddings: CLIP's token table.
        room: most tokens between SOT and EOT; later ones are cut, as CLIP's tokenizer cuts them.
    """

    pieces: Tensor
    counts: Tensor

    def __init__(self, vocabulary: Vocabulary, token_embeddings: Tensor, room: int) -> None:
        super().__init__()
        self.room = room
        longest = max(len(entry.clip_ids) for entry in vocabulary.entries)
        pieces = torch.zeros(len(vocabulary), longest, token_embeddings.shape[1])
        for entry in vocabulary.entries[1:]:
            pieces[entry.id, : len(entry.clip_ids)] = token_embeddings[list(entry.clip_ids)].detach()
        self.register_buffer("pieces", pieces)
        self.register_buffer("counts", torch.tensor([len(entry.clip_ids) for entry in vocabulary.entries]))

    def means(self) -> Tensor:
        """The mean embedding of each entry's pieces, [V, W]; zero for null."""
        return self.pieces.sum(dim=1) / self.counts.clamp(min=1)[:, None]

    def forward(self, choices: Tensor, mask: Tensor) -> WrittenTokens:
        """The pieces of the chosen entries one after the other; null and masked positions yield none.

        Args:
            choices: [B, T, V], one-hot rows with gradients (straight-through).
            mask: [B, T], true where a segment stands.
        """
        spread = torch.einsum("btv,vpw->btpw", choices, self.pieces)
        counts = self.counts[choices.argmax(dim=-1)] * mask
        begins = counts.cumsum(dim=1) - counts
        piece = torch.arange(self.pieces.shape[1], device=choices.device)
        places = begins[..., None] + piece
        valid = (piece < counts[..., None]) & (places < self.room)
        lengths = counts.sum(dim=1).clamp(max=self.room)
        rows = torch.arange(len(choices), device=choices.device)[:, None, None].expand_as(places)
        empty = spread.new_zeros(len(choices), max(1, int(lengths.max())), spread.shape[-1])
        embeddings = empty.index_put((rows[valid], places[valid]), spread[valid])
        return WrittenTokens(embeddings, lengths)
