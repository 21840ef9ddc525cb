"""How sure the teachers are of an utterance, and what it is to teach for that.

Within a sentence an undecided posterior teaches little as it is; a sentence of which much is undecided is likely
to be wrong where it is decided, too. Shapes: U utterances, N segments, T segments of the longest.
"""

from dataclasses import replace

from torch import Tensor

from unsup_asr.training.soft_targets import SoftTargets


def utterance_confidence(targets: SoftTargets, layout: Tensor) -> Tensor:
    """The mean probability of what the likeliest hypothesis says, [U], 0 where there is no segment.

    Args:
        targets: of N segments; the likeliest hypothesis is the first.
        layout: [U, T], the utterances' segments, -1 beyond the end.
    """
    said = targets.probabilities * (targets.entries == targets.entries[:, :1])
    there = layout >= 0
    return (said.sum(dim=1)[layout.clamp(min=0)] * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)


def weighted_by_confidence(targets: SoftTargets, layout: Tensor, exponent: float) -> SoftTargets:
    """Targets that weigh as much as their utterance is sure, 1 on average over the segments.

    Args:
        targets: as decoded.
        layout: as in `utterance_confidence`.
        exponent: of the confidence; at 0 the targets stay as they are.
    """
    if exponent == 0:
        return targets
    there = layout >= 0
    confidence = utterance_confidence(targets, layout)[:, None].expand_as(layout)
    weights = targets.probabilities.new_zeros(len(targets))
    weights[layout[there]] = confidence[there] ** exponent
    weights /= weights.mean()
    return replace(targets, probabilities=targets.probabilities * weights[:, None])
