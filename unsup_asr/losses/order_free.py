"""What captions say of words whatever their order: which stand near each other, and which in one sentence.

Speech in a language of another word order gives words that no n-gram of English expects. Its pairs of words that
stand near each other, taken without order, and its sentences as bags of words are still like those of English
captions (skip-grams as by Wang et al. 2023, here without their order).

Shapes: B utterances, T positions, V entries, C captions. Distributions q are [B, T, V], zero where mask [B, T] is
false. Null counts nowhere.
"""

import torch
from torch import Tensor

from unsup_asr.data.vocabulary import NULL

_SMALL = 1e-8
# Captions that are counted at once.
_PART = 512


def skip_gram_loss(probabilities: Tensor, mask: Tensor, pairs: Tensor, reach: int) -> Tensor:
    """KL(unordered pairs of words within a reach, expected over the batch ‖ those of the captions).

    The expected pairs are Σ_t Σ_{0<|d|≤reach} q_t q_{t+d}ᵀ made to sum to one: exact for independent positions.

    Args:
        probabilities: q.
        mask: true where a segment stands.
        pairs: [V, V], what `caption_pairs` returned for the same reach.
        reach: the largest distance of two words.
    """
    words = _without_null(probabilities, mask)
    return _divergence(words.flatten(0, 1).T @ _near(words, reach).flatten(0, 1), pairs)


def bag_loss(probabilities: Tensor, mask: Tensor, bags: Tensor) -> Tensor:
    """KL(pairs of words that a sentence holds, expected over the batch ‖ those of the captions).

    A sentence holds v with the probability b(v) = 1 − Π_t (1 − q_t(v)), and v and w with b(v) b(w), which is
    exact where q is certain; the diagonal has b(v) itself. All are made to sum to one together.

    Args:
        probabilities: q.
        mask: true where a segment stands.
        bags: [V, V], what `caption_bags` returned.
    """
    held = 1 - (1 - _without_null(probabilities, mask)).prod(dim=1)
    together = held.T @ held
    return _divergence(together - torch.diag(together.diagonal() - held.sum(dim=0)), bags)


def caption_pairs(captions: Tensor, size: int, reach: int) -> Tensor:
    """The distribution [V, V] of the unordered pairs of words at most `reach` apart; it is symmetric.

    Args:
        captions: [C, T] entries, null beyond the end.
        size: V.
        reach: the largest distance.
    """
    counts = torch.zeros(size * size, device=captions.device)
    for distance in range(1, min(reach, captions.shape[1] - 1) + 1):
        first, second = captions[:, :-distance], captions[:, distance:]
        both = (first != NULL) & (second != NULL)
        counts += torch.bincount(first[both] * size + second[both], minlength=size * size)
    pairs = counts.view(size, size)
    return _as_distribution(pairs + pairs.T)


def caption_bags(captions: Tensor, size: int) -> Tensor:
    """The distribution [V, V] of the pairs of words that a caption holds; the diagonal has single words.

    Args:
        captions: [C, T] entries, null beyond the end.
        size: V.
    """
    together = torch.zeros(size, size, device=captions.device)
    for part in captions.split(_PART):
        held = together.new_zeros(len(part), size).scatter_(1, part, 1.0)
        held[:, NULL] = 0.0
        together += held.T @ held
    return _as_distribution(together)


def _without_null(probabilities: Tensor, mask: Tensor) -> Tensor:
    words = probabilities * mask[..., None]
    return torch.cat([torch.zeros_like(words[..., : NULL + 1]), words[..., NULL + 1 :]], dim=-1)


def _near(words: Tensor, reach: int) -> Tensor:
    """The sum of the distributions at most so many positions away, the position itself left out, [B, T, V]."""
    length = words.shape[1]
    sums = torch.nn.functional.pad(words.cumsum(dim=1), (0, 0, 1, 0))
    places = torch.arange(length, device=words.device)
    first, last = (places - reach).clamp(min=0), (places + reach + 1).clamp(max=length)
    return sums[:, last] - sums[:, first] - words


def _divergence(found: Tensor, wanted: Tensor) -> Tensor:
    shares = _as_distribution(found)
    return (shares * ((shares + _SMALL).log() - (wanted + _SMALL).log())).sum()


def _as_distribution(counts: Tensor) -> Tensor:
    # The batch may have no pair at all.
    return counts / counts.sum().clamp(min=_SMALL)
