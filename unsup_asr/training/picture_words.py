"""Which words a picture calls for: those of the captions that CLIP finds nearest to it.

The captions are the unpaired ones. Nobody said that they describe this picture; CLIP did.

Shapes: B pictures, C captions, V entries, E width of CLIP's joint space.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from unsup_asr.data.vocabulary import NULL, Vocabulary
from unsup_asr.encoders.clip import Clip

# Pictures that are held against all captions at once.
_CHUNK = 256
# Shares are compared by logarithms, which must be finite.
_SMALL = 1e-9


@dataclass(frozen=True)
class PictureWords:
    """The captions as pictures see them.

    Attributes:
        embeddings: [C, E], unit length.
        shares: [V, C], sparse, the share of each entry in each caption.
        scale: of the cosines, one over the temperature; CLIP's own.
    """

    embeddings: Tensor
    shares: Tensor
    scale: float

    @classmethod
    def of(cls, embeddings: Tensor, captions: Tensor, size: int, scale: float) -> "PictureWords":
        """Those of captions [C, T], entries with null beyond the end, and their embeddings; `size` is V."""
        return cls(embeddings, _shares(captions, size), scale)

    @classmethod
    @torch.no_grad()
    def read(cls, clip: Clip, vocabulary: Vocabulary, captions: Tensor) -> "PictureWords":
        """Those of captions [C, T], entries with null beyond the end, as CLIP embeds them."""
        table = vocabulary.entries
        pieces = [[i for entry in row for i in table[entry].clip_ids] for row in captions.tolist()]
        return cls.of(clip.encode_captions(pieces), captions, len(vocabulary), clip.scale)

    @torch.no_grad()
    def called_for(self, images: Tensor) -> Tensor:
        """The share of each entry in what could be said of each picture, [B, V].

        Each picture weighs all captions by softmax(scale · cosine).

        Args:
            images: [B, E], unit length.
        """
        rows = []
        for part in images.split(_CHUNK):
            weights = (self.scale * part @ self.embeddings.T).softmax(dim=1)
            rows.append(torch.sparse.mm(self.shares, weights.T).T)
        return torch.cat(rows)

    @torch.no_grad()
    def nearest(self, images: Tensor) -> Tensor:
        """Which caption fits each picture best, [B]; pictures as in `called_for`."""
        return torch.cat([(part @ self.embeddings.T).argmax(dim=1) for part in images.split(_CHUNK)])

    @torch.no_grad()
    def scores(self, images: Tensor, unigram: Tensor, trust: float) -> Tensor:
        """How much likelier each entry is beside each picture than elsewhere, log [B, V].

        Args:
            images: [B, E], unit length.
            unigram: [V], share of each entry in all captions.
            trust: 0–1, share of the picture's words in the mixture with the unigram: what a picture does not
                show can still be said.
        """
        mixed = trust * self.called_for(images) + (1 - trust) * unigram
        return ((mixed + _SMALL) / (unigram + _SMALL)).log()


def _shares(captions: Tensor, size: int) -> Tensor:
    """Share of each entry in each caption, sparse [V, C]: a dense table of real captions fills the memory."""
    written = captions != NULL
    caption, _ = written.nonzero(as_tuple=True)
    values = (1 / written.sum(dim=1).clamp(min=1))[caption]
    indices = torch.stack([captions[written], caption])
    shape = (size, len(captions))
    return torch.sparse_coo_tensor(indices, values, shape, check_invariants=True).coalesce()
