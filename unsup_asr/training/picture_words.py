"""Which words a picture calls for: those of the captions that CLIP finds nearest to it.

The captions are the unpaired ones. Nobody said that they describe this picture; CLIP did.
"""

import torch
from torch import Tensor

from unsup_asr.data.vocabulary import NULL


@torch.no_grad()
def picture_word_scores(
    images: Tensor, caption_embeddings: Tensor, captions: Tensor, unigram: Tensor, scale: float, trust: float
) -> Tensor:
    """How much likelier each entry is beside each picture than elsewhere, log [U, V].

    Each picture weighs all captions by softmax(scale · cosine); the expected share of an entry in them is
    compared with its share in all captions.

    Args:
        images: [U, E], unit length.
        caption_embeddings: [C, E], unit length.
        captions: [C, T], entries, null beyond the end.
        unigram: [V], share of each entry in all captions.
        scale: one over the temperature; CLIP's own.
        trust: 0–1, share of the picture's words in the mixture with the unigram: what a picture does not show
            can still be said.
    """
    size = len(unigram)
    shares = _shares(captions, size)
    rows = []
    for part in images.split(256):
        weights = (scale * part @ caption_embeddings.T).softmax(dim=1)
        rows.append(torch.sparse.mm(shares, weights.T).T)
    mixed = trust * torch.cat(rows) + (1 - trust) * unigram
    return ((mixed + 1e-9) / (unigram + 1e-9)).log()


def _shares(captions: Tensor, size: int) -> Tensor:
    """Share of each entry in each caption, sparse [V, C]: a dense table of real captions fills the memory."""
    written = captions != NULL
    caption, _ = written.nonzero(as_tuple=True)
    values = (1 / written.sum(dim=1).clamp(min=1))[caption]
    indices = torch.stack([captions[written], caption])
    shape = (size, len(captions))
    return torch.sparse_coo_tensor(indices, values, shape, check_invariants=True).coalesce()
