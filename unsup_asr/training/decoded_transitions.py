"""How words follow each other in speech, told by what was decoded of it: no text has the order of this language.

Shapes: N segments, U utterances, T segments of the longest, V entries.
"""

import torch
from torch import Tensor

from unsup_asr.data.vocabulary import NULL

# Words that each is assumed to have been followed by besides, as frequent as in all that was decoded (MacKay &
# Peto 1995, a hierarchical Dirichlet prior).
_ASSUMED = 20.0
_NEVER = -1e4


def decoded_transitions(read: Tensor, layout: Tensor, size: int) -> Tensor:
    """Log-probabilities of words behind words, [V + 1, V + 1]: last row start, last column end, null nowhere.

    Segments that yield nothing are passed over.

    Args:
        read: [N], the entry of each segment.
        layout: [U, T], rows of the utterances' segments, −1 where there is none.
        size: V.
    """
    entries = read[layout].masked_fill(layout < 0, NULL).long()
    # Words first, in their order, then ends.
    order = (entries == NULL).int().argsort(dim=1, stable=True)
    words = entries.gather(1, order)
    edge = torch.full_like(words[:, :1], size)
    after = torch.cat([words, torch.full_like(edge, NULL)], dim=1)
    lengths = (words != NULL).sum(dim=1, keepdim=True)
    after.scatter_(1, lengths, size)
    before = torch.cat([edge, words], dim=1)
    pairs = (before * (size + 1) + after)[after != NULL]
    counts = pairs.bincount(minlength=(size + 1) ** 2).view(size + 1, size + 1).double()
    shares = counts.sum(dim=0) / counts.sum()
    matrix = ((counts + _ASSUMED * shares) / (counts.sum(dim=1, keepdim=True) + _ASSUMED)).log()
    matrix = matrix.clamp(min=_NEVER)
    matrix[NULL], matrix[:, NULL] = _NEVER, _NEVER
    return matrix.float()
