"""What one round of self-training differs from another in."""

from dataclasses import dataclass

from unsup_asr.pipeline.guarded_training import Place

SELF_TRAINING, CONFIDENCE = "self_training", "confidence"


@dataclass(frozen=True)
class Round:
    """A round of self-training, or a first one that tries an exponent of confidence.

    Attributes:
        place: its stage and number.
        exponent: of the utterances' confidence, see `training.confidence`.
        chance: number that its seeds are of: exponents are tried under the same.
        afresh: whether a new generator begins.
    """

    place: Place
    exponent: float
    chance: int
    afresh: bool = False
