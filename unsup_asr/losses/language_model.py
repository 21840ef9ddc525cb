"""The n-gram terms: what was written must read like captions.

Shapes: B utterances, T positions, V entries. A bigram is [V + 1, V + 1] of natural log-probabilities, its
last row the sentence's start, its last column the sentence's end.
"""

import torch
from torch import Tensor


def expected_bigram_loss(probabilities: Tensor, mask: Tensor, bigram: Tensor) -> Tensor:
    """Cross-entropy per token of soft sentences under a bigram model: −Σ_t q_{t−1}ᵀ log P q_t / tokens.

    Exact for independent positions, the gradient flows through the history, too. Alone it collapses onto the
    likeliest sentence; `unigram_matching_loss` is the guard.

    Args:
        probabilities: q [B, T, V], zero where mask [B, T] is false.
    """
    inner = bigram[:-1, :-1]
    first = (probabilities[:, 0] @ bigram[-1, :-1]).sum()
    pairs = ((probabilities[:, :-1] @ inner) * probabilities[:, 1:]).sum()
    rows = torch.arange(len(probabilities), device=probabilities.device)
    last = (probabilities[rows, mask.sum(dim=1) - 1] @ bigram[:-1, -1]).sum()
    return -(first + pairs + last) / (mask.sum() + len(mask))


def unigram_matching_loss(probabilities: Tensor, mask: Tensor, unigram: Tensor) -> Tensor:
    """KL(mean of the batch's distributions ‖ the captions' unigram distribution).

    Keeps every word in use as often as captions use it; without it the n-gram term writes the same frequent
    words everywhere (positional unigram matching, Wang et al. 2023, without the positions).

    Args:
        probabilities: [B, T, V].
        unigram: [V], sums to one.
    """
    used = probabilities[mask].mean(dim=0)
    return (used * ((used + 1e-8).log() - (unigram + 1e-8).log())).sum()
