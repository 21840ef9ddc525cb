"""Training a boundary head in two phases: what a segmenter found, then what the teachers make of its segments.

Distillation gives the head boundaries to begin with; fine-tuning lets the gradient of the cascade move them:
logits → soft segments → generator → CLIP, n-gram model, discriminator. Guards keep it from collapse.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from segmenters.boundary_forms import BoundaryForm, counted_peaks
from segmenters.boundary_head import BoundaryHead
from segmenters.boundary_losses import count_loss, expected_count_loss, rate_loss
from segmenters.boundary_peaks import PeakConfig
from segmenters.distillation import DistillationTargets, boundary_targets, distillation_loss
from segmenters.metrics.boundaries import inner_boundaries
from segmenters.segmentation import Segmentation
from unsup_asr.data.spoken_frames import SpokenFrames
from unsup_asr.errors import InputError
from unsup_asr.models.soft_segments import pool_soft_segments
from unsup_asr.training.cascade import Teaching
from unsup_asr.training.loop import LoopConfig, descend, shuffled_batch
from unsup_asr.training.precision import backward


@dataclass
class DistillationConfig:
    """How a head learns a segmenter's boundaries.

    Attributes:
        batch: utterances an update.
        learning_rate: of the head (Adam).
        targets: what the head is to say.
        loop: length of the training.
    """

    batch: int = 32
    learning_rate: float = 1e-3
    targets: DistillationTargets = field(default_factory=DistillationTargets)
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(300, 100, 25))


@dataclass
class BoundaryGuards:
    """What each guard weighs in fine-tuning.

    Attributes:
        count: as many boundaries in each utterance as the first segmenter found.
        rate: as many boundaries as the first segmenter found, in the mean over the batch.
        captions: as many segments as captions have words, in the mean over the batch.
        imitation: the boundaries of the first segmenter.
    """

    count: float = 1.0
    rate: float = 0.0
    captions: float = 0.0
    imitation: float = 0.1


@dataclass
class BoundaryTuningConfig:
    """How a head is fine-tuned inside the cascade.

    Attributes:
        learning_rate: of the head (Adam); batch and the generator's rate are the cascade's.
        targets: what imitation asks for.
        guards: against collapse.
    """

    learning_rate: float = 1e-3
    targets: DistillationTargets = field(default_factory=DistillationTargets)
    guards: BoundaryGuards = field(default_factory=BoundaryGuards)


class FirstBoundaries:
    """What the first segmenter found in each utterance, as targets and counts.

    Args:
        spoken: the training speech.
        segmentations: of its utterances, in any order.
        tolerance: seconds over which targets fall to 0.

    Raises:
        InputError: an utterance has no segmentation.
    """

    def __init__(self, spoken: SpokenFrames, segmentations: Sequence[Segmentation], tolerance: float) -> None:
        table = {segmentation.id: segmentation for segmentation in segmentations}
        if missing := [frames.id for frames in spoken.utterances if frames.id not in table]:
            raise InputError("has no segmentation", where=missing[0], remedy="segment all training speech")
        device = spoken.images.device
        pairs = [(table[frames.id], frames) for frames in spoken.utterances]
        self.targets = [boundary_targets(found, frames, tolerance).to(device) for found, frames in pairs]
        self.counts = torch.tensor([len(inner_boundaries(found)) for found, _ in pairs], device=device)
        self.frames_per_boundary = sum(map(len, self.targets)) / max(1, int(self.counts.sum()))

    def of(self, rows: Tensor) -> Tensor:
        """The targets [B, T] of the given rows [B]."""
        return nn.utils.rnn.pad_sequence([self.targets[row] for row in rows.tolist()], batch_first=True)


class Distillation:
    """The training task of the first phase: frames → boundaries of a segmenter.

    Args:
        config: batch, rate, targets.
        head: trained.
        spoken: the training speech; its pictures are not looked at.
        segmentations: what any segmenter found in it.
        seed: of the order of the utterances.

    Raises:
        InputError: an utterance has no segmentation.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(
        self,
        config: DistillationConfig,
        head: BoundaryHead,
        spoken: SpokenFrames,
        segmentations: Sequence[Segmentation],
        seed: int,
    ) -> None:
        self.config, self.head, self.spoken, self.seed = config, head, spoken, seed
        self.first = FirstBoundaries(spoken, segmentations, config.targets.tolerance)
        self.modules = {"head": head}
        self.optimisers = {"head": torch.optim.Adam(head.parameters(), config.learning_rate)}

    def update(self, step: int) -> dict[str, Tensor]:
        """One update towards the segmenter's boundaries."""
        self.head.train()
        rows = shuffled_batch(len(self.spoken), self.config.batch, step, self.seed)
        frames = self.spoken.frames(rows)
        logits = self.head(frames.values, frames.mask)
        weight = self.config.targets.positive_weight
        loss = distillation_loss(logits, self.first.of(rows), frames.mask, weight)
        optimiser = self.optimisers["head"]
        optimiser.zero_grad()
        backward(loss)
        optimiser.step()
        return {"distillation": loss.detach()}


class BoundaryTuning:
    """The training task of the second phase: head and generator learn together from the teachers.

    Args:
        config: rate and guards of the head.
        form: how its logits become segments.
        peaks: which peaks the guards count, those of the segmenter to be.
        head: trained, distilled before.
        teaching: the generator, trained, and its teachers.
        slots: S, the parts that a segment is pooled into.
        spoken: the training speech and its pictures.
        segmentations: what the head was distilled from, for the guards.
        perturb: changes pooled segments as another voice would.
        seed: of the order of the utterances.

    Raises:
        InputError: an utterance has no segmentation.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(
        self,
        config: BoundaryTuningConfig,
        form: BoundaryForm,
        peaks: PeakConfig,
        head: BoundaryHead,
        teaching: Teaching,
        slots: int,
        spoken: SpokenFrames,
        segmentations: Sequence[Segmentation],
        perturb: Callable[[Tensor], Tensor],
        seed: int,
    ) -> None:
        self.config, self.form, self.peaks = config, form, peaks
        self.head, self.teaching, self.slots = head, teaching, slots
        self.spoken, self.perturb, self.seed = spoken, perturb, seed
        self.first = FirstBoundaries(spoken, segmentations, config.targets.tolerance)
        self.modules = {**teaching.modules, "head": head}
        self.optimisers = {
            **teaching.optimisers,
            "head": torch.optim.Adam(head.parameters(), config.learning_rate),
        }

    def update(self, step: int) -> dict[str, Tensor]:
        """One update of head and generator and, where it takes part, of the discriminator before them."""
        self.teaching.generator.train()
        self.head.train()
        settings = self.teaching.config
        rows = shuffled_batch(len(self.spoken), settings.batch, step, self.seed)
        frames = self.spoken.frames(rows)
        logits = self.head(frames.values, frames.mask)
        assignment = self.form(logits, frames.mask, self.first.counts[rows])
        segments = self.perturb(pool_soft_segments(frames.values, assignment, self.slots))
        correction = self.teaching.correct(self.spoken.batch(rows, assignment, segments), step)
        guards = self._guards(logits, frames.mask, rows)
        weighted = [getattr(self.config.guards, name) * loss for name, loss in guards.items()]
        total = torch.stack([correction.loss, *weighted]).sum()
        descend(self, total, ["head", "generator"], settings.clip_norm)
        return {**correction.logged, **{name: loss.detach() for name, loss in guards.items()}}

    def _guards(self, logits: Tensor, mask: Tensor, rows: Tensor) -> dict[str, Tensor]:
        """The guards, keyed like their weights, whether they weigh anything or not: the log shows a collapse."""
        first, weight = self.first, self.config.targets.positive_weight
        reach = self.peaks.reach(self.spoken.utterances[0].hop)
        counted = counted_peaks(logits, mask, reach, self.peaks.threshold)
        return {
            "count": count_loss(counted, mask, first.counts[rows]),
            "rate": rate_loss(counted, mask, first.frames_per_boundary),
            "captions": expected_count_loss(counted, mask, self.teaching.teachers.caption_length),
            "imitation": distillation_loss(logits, first.of(rows), mask, weight),
        }
