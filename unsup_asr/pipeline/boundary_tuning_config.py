"""How a run fine-tunes the boundary head that its words are found with."""

from dataclasses import dataclass, field

from unsup_asr.training.boundary_policy_training import BoundaryPolicyConfig
from unsup_asr.training.boundary_training import BoundaryTuningConfig
from unsup_asr.training.loop import LoopConfig

NONE, SOFT, POLICY = "none", "soft", "policy"
KINDS = (NONE, SOFT, POLICY)


@dataclass
class HeadTuningConfig:
    """Fine-tuning after the stages, for `segmenter=boundary_head`.

    Attributes:
        kind: `none` leaves the head as it was distilled; with `soft`, head and generator learn together, the
            teachers' gradients moving the boundaries; with `policy`, boundaries are drawn, and the head is
            rewarded for the text that the generator writes between them.
        utterances: it learns from so many training utterances at most, spread evenly over those there are.
        loop: length of the head's training.
        adaptation: for how long the generator then goes on, with the last stage's teachers, in the segments that
            the tuned head finds.
        soft, policy: rates, guards and rewards of either kind.
    """

    kind: str = NONE
    utterances: int = 4000
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(150, 50, 25))
    adaptation: LoopConfig = field(default_factory=lambda: LoopConfig(50, 50, 25))
    soft: BoundaryTuningConfig = field(default_factory=BoundaryTuningConfig)
    policy: BoundaryPolicyConfig = field(default_factory=BoundaryPolicyConfig)
