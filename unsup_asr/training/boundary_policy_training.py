"""Fine-tuning a boundary head by reward: boundaries are drawn, and the n-gram model judges the text they give.

After REBORN's first stage (Tseng et al. 2024): the generator stays as it is, and writes greedily.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from lm.tensor_model import EntryLM
from segmenters.assignment import Assignment
from segmenters.boundary_head import BoundaryHead, FrameBatch
from segmenters.boundary_policy import draw_boundaries, reinforce_loss
from segmenters.distillation import DistillationTargets, distillation_loss
from segmenters.segmentation import Segmentation
from segmenters.soft_pooling import hard_segments
from unsup_asr.data.spoken_frames import SpokenFrames
from unsup_asr.data.vocabulary import NULL
from unsup_asr.models.generator import WordGenerator
from unsup_asr.models.soft_segments import pool_soft_segments
from unsup_asr.training.boundary_reward import RewardWeights, Texts, log_perplexity, text_rewards
from unsup_asr.training.boundary_training import FirstBoundaries
from unsup_asr.training.loop import descend, shuffled_batch


@dataclass
class BoundaryPolicyConfig:
    """How a head learns from rewards.

    Attributes:
        batch: utterances an update.
        learning_rate: of the head (Adam).
        clip_norm: largest norm of the gradient.
        entropy: weight of the entropy term, which keeps it searching.
        imitation: weight of the first segmenter's boundaries, which keep it near.
        targets: what imitation asks for.
        rewards: what a text is judged by.
    """

    batch: int = 64
    learning_rate: float = 1e-4
    clip_norm: float = 5.0
    entropy: float = 0.0
    imitation: float = 0.0
    targets: DistillationTargets = field(default_factory=lambda: DistillationTargets(tolerance=0.0))
    rewards: RewardWeights = field(default_factory=RewardWeights)


class BoundaryPolicy:
    """The training task: drawn boundaries → segments → greedy text → reward.

    Args:
        config: rates and weights.
        head: trained, distilled before.
        generator: writes; not trained.
        lm: the n-gram model over the generator's entries.
        slots: S, the parts that a segment is pooled into.
        spoken: the training speech; its pictures are not looked at.
        segmentations: the first segmenter's, whose texts are those to be bettered.
        seed: of the order of the utterances.

    Raises:
        InputError: an utterance has no segmentation.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(
        self,
        config: BoundaryPolicyConfig,
        head: BoundaryHead,
        generator: WordGenerator,
        lm: EntryLM,
        slots: int,
        spoken: SpokenFrames,
        segmentations: Sequence[Segmentation],
        seed: int,
    ) -> None:
        self.config, self.head, self.lm, self.slots = config, head, lm, slots
        self.generator, self.spoken, self.seed = generator.eval(), spoken, seed
        self.first = FirstBoundaries(spoken, segmentations, config.targets.tolerance)
        self.modules = {"head": head}
        self.optimisers = {"head": torch.optim.Adam(head.parameters(), config.learning_rate)}

    def update(self, step: int) -> dict[str, Tensor]:
        """One update of the head."""
        self.head.train()
        config = self.config
        rows = shuffled_batch(len(self.spoken), config.batch, step, self.seed)
        frames = self.spoken.frames(rows)
        logits = self.head(frames.values, frames.mask)
        drawn = draw_boundaries(logits, frames.mask)
        targets = self.first.of(rows)
        now, before = self._write(frames, drawn.boundaries), self._write(frames, targets == 1)
        rewards = text_rewards(self.lm, config.rewards, now, before)
        policy = reinforce_loss(drawn, rewards, config.entropy)
        imitation = distillation_loss(logits, targets, frames.mask, config.targets.positive_weight)
        descend(self, policy + config.imitation * imitation, ["head"], config.clip_norm)
        return {
            "policy": policy.detach(),
            "imitation": imitation.detach(),
            "entropy": drawn.entropy.mean().detach(),
            "segments": (drawn.boundaries.sum(dim=1) + 1).float().mean(),
            "log_perplexity": log_perplexity(self.lm, now),
        }

    @torch.no_grad()
    def _write(self, frames: FrameBatch, boundaries: Tensor) -> Texts:
        """The greedy texts of utterances cut at whole frames."""
        assignment = hard_segments(boundaries.float(), boundaries, frames.mask)
        logits = self.generator(pool_soft_segments(frames.values, assignment, self.slots))
        return greedy_texts(logits.argmax(dim=-1), assignment)


def greedy_texts(choices: Tensor, assignment: Assignment) -> Texts:
    """The entries [n] chosen for the segments of a batch as texts; null is passed over."""
    laid = torch.full(assignment.mask.shape, NULL, device=choices.device)
    laid[assignment.mask] = choices
    order = (laid == NULL).to(torch.uint8).argsort(dim=1, stable=True)
    return Texts(laid.gather(1, order), (laid != NULL).sum(dim=1))
