"""Loss terms against collapse: into no boundaries, into one at every frame, or away from where they began.

A loss of what was recognised alone is content with either: with a single segment there is little to get wrong,
and with very many the likeliest words are always among them. Shapes: p [B, T] probabilities of a boundary at each
frame, mask [B, T] true where a frame stands. `distillation.distillation_loss` against the first boundaries is
the guard against drifting away.
"""

from torch import Tensor

from segmenters.assignment import may_begin


def count_loss(probabilities: Tensor, mask: Tensor, counts: Tensor) -> Tensor:
    """|Σ_t p_t − N₀| / (N₀ + 1), mean over utterances: about as many boundaries as there were at first.

    JSTTI (Ni et al. 2024), there without the division, which makes long and short utterances weigh alike. Guards
    each utterance against both collapses; it trusts the first segmenter's counts.

    Args:
        probabilities: p, or straight-through boundaries.
        mask: where frames stand.
        counts: N₀ [B], the boundaries of the first segmentation.
    """
    found = (probabilities * may_begin(mask)).sum(dim=1)
    return ((found - counts).abs() / (counts + 1)).mean()


def rate_loss(probabilities: Tensor, mask: Tensor, frames_per_boundary: float) -> Tensor:
    """(r · Σp / Σ frames − 1)² over the whole batch: one boundary in r frames.

    As JSTTI asks for a boundary in every 12 to 14 frames, but of the batch, not of each stretch: a rate is known
    of a language, not of an utterance. Guards the mean against both collapses; utterances may differ.

    Args:
        probabilities: p, or straight-through boundaries.
        mask: where frames stand.
        frames_per_boundary: r.
    """
    allowed = may_begin(mask)
    return (frames_per_boundary * (probabilities * allowed).sum() / allowed.sum().clamp(min=1) - 1).square()


def expected_count_loss(probabilities: Tensor, mask: Tensor, captions_length: float) -> Tensor:
    """((mean over utterances of Σp + 1) / L − 1)²: as many segments as unpaired text has words.

    The length guard of unsupervised recognition, for boundaries instead of tokens. Needs no segmenter to trust,
    but text about the same things: captions say how many words a description has.

    Args:
        probabilities: p, or straight-through boundaries.
        mask: where frames stand.
        captions_length: L, words of the mean text.
    """
    segments = (probabilities * may_begin(mask)).sum(dim=1).mean() + 1
    return (segments / captions_length - 1).square()
