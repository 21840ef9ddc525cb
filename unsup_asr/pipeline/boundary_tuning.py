"""Fine-tuning the boundary head of a run inside the cascade, and cutting all of its speech anew with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from segmenters.boundary_forms import PeakTimes
from segmenters.boundary_head import BoundaryHead
from segmenters.boundary_peaks import PeakConfig
from segmenters.boundary_rate import set_rate
from segmenters.recognised.heard import Heard
from segmenters.segmentation import Segmentation, read_segmentations, write_segmentations
from segmenters.speech import Frames
from unsup_asr import parallel
from unsup_asr.data.spoken_frames import SpokenFrames
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.errors import UsageError
from unsup_asr.pipeline.boundary_tuning_config import KINDS, NONE, SOFT
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.parts import Parts
from unsup_asr.progress import LOGGER, progress
from unsup_asr.segmentation.encoded import EncodedSegmenter
from unsup_asr.segmentation.methods import BOUNDARY_HEAD
from unsup_asr.segmentation.speech_segmenter import SpeechSegmenter
from unsup_asr.training.boundary_policy_training import BoundaryPolicy
from unsup_asr.training.boundary_training import BoundaryTuning
from unsup_asr.training.cascade import Cascade, Teaching
from unsup_asr.training.checkpoint import checkpoints
from unsup_asr.training.loop import LoopConfig, Task, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.re_estimation import cut_anew

STAGE = "boundary_tuning"
_WHERE = "boundary_tuning.kind"
# While it learns, the head's own threshold tells how many words there are; afterwards the rate of words does.
_PEAKS = PeakConfig()


def check_tuning(config: RunConfig) -> None:
    """Refuse what cannot be fine-tuned, before anything is made.

    Raises:
        UsageError: there is no such kind, the segmenter has no boundary head, or head and generator hear
            different frames.
    """
    kind, segmentation = config.boundary_tuning.kind, config.segmentation
    if kind not in KINDS:
        raise UsageError(f"is {kind!r}", where=_WHERE, remedy=f"choose from {', '.join(KINDS)}")
    if kind == NONE:
        return
    if config.segmenter != BOUNDARY_HEAD:
        fault = f"{config.segmenter} has no head that could be fine-tuned"
        remedy = f"say segmenter={BOUNDARY_HEAD} segmentation.teacher={config.segmenter}"
        raise UsageError(fault, where=_WHERE, remedy=remedy)
    if segmentation.encoder not in (None, config.encoder):
        fault = f"the head hears {segmentation.encoder}, the generator {config.encoder}"
        raise UsageError(fault, where=_WHERE, remedy="leave segmentation.encoder out")
    if len(config.languages) > 1:
        fault = f"speech is in {', '.join(config.languages)}"
        raise UsageError(fault, where=_WHERE, remedy="fine-tune on one language")


@dataclass(frozen=True)
class TunedBoundaries:
    """What a head cuts once it is tuned.

    Attributes:
        segmenter: the boundary head, tuned.
        parts: what the run stands on.
        folder: gets the segmentations of each split.
        slots: parts that a segment is pooled into.
    """

    segmenter: SpeechSegmenter
    parts: Parts
    folder: Path
    slots: int

    def cut(self, name: str, words: SpokenWords, frames: Sequence[Frames] | None = None) -> SpokenWords:
        """The utterances of a split in the segments of the tuned head, which are written down.

        Args:
            name: of the split.
            words: the same utterances, cut otherwise.
            frames: theirs; heard anew if None.
        """
        heard = self.parts.extractor.frames(name, words.ids) if frames is None else frames
        encoded = self.segmenter.segmenter
        assert isinstance(encoded, EncodedSegmenter)
        found = encoded.frames.segment(heard)
        if parallel.is_first():
            write_segmentations(self.folder / f"{name}.jsonl", found)
        LOGGER.info("%s, %s: %d segments, %d before", STAGE, name, _spans(found), len(words.spans))
        pairs = [_with_boundaries(*pair) for pair in zip(heard, found, strict=True)]
        spans = [torch.from_numpy(np.stack([each.boundaries[:-1], each.boundaries[1:]], 1)) for each in pairs]
        return cut_anew(words, spans, pairs, self.parts.encoder, self.slots)


class HeadTuning:
    """The stage; what is done is not done again.

    Args:
        config: the run, whose segmenter is a boundary head.
        folder: the run folder.
        parts: what the run stands on.
        teaching: the generator, trained with the frozen head, and its teachers.
        train: the training speech as the frozen head has cut it.
        seed: of the order of the utterances, and of what is drawn.
    """

    def __init__(
        self, config: RunConfig, folder: Path, parts: Parts, teaching: Teaching, train: SpokenWords, seed: int
    ) -> None:
        self.config, self.settings, self.parts = config, config.boundary_tuning, parts
        self.teaching, self.train, self.seed, self.run_folder = teaching, train, seed, folder
        self.folder = folder / "checkpoints" / STAGE
        segmenter = parts.extractor.segmenters.named(BOUNDARY_HEAD)
        self.tuned = TunedBoundaries(segmenter, parts, folder / "segments" / STAGE, config.slots)

    def run(self) -> tuple[SpokenWords, Path]:
        """Tune the head, then let the generator go on in its segments.

        Returns:
            The training speech as the tuned head cuts it, and the generator's last checkpoint.
        """
        frames = self.parts.extractor.frames("train", self.train.ids)
        self._train(self._task(frames), self.settings.loop, "head")
        set_rate(self._head.cpu(), _PEAKS, frames, self.parts.words_per_second)
        train = self.tuned.cut("train", self.train, frames)
        teaching = self.teaching
        adaptation = Cascade(
            self.config.cascade,
            teaching.weights,
            teaching.generator,
            teaching.discriminator,
            teaching.teachers,
            train,
            self.parts.encoder.perturb,
            self.seed + 1,
        )
        self._train(adaptation, self.settings.adaptation, "start-0")
        return train, checkpoints(self.folder / "start-0")[-1]

    @property
    def _head(self) -> BoundaryHead:
        assert isinstance(self.tuned.segmenter.learned, BoundaryHead)
        return self.tuned.segmenter.learned

    def _task(self, frames: Sequence[Frames]) -> Task:
        """What tunes the head, on the utterances that it learns from."""
        settings, device = self.settings, self.config.device
        step = max(1, -(-len(frames) // settings.utterances))
        heard = tuple(replace(each, values=each.values.to(device)) for each in frames[::step])
        spoken = SpokenFrames(heard, self.train.images[::step], self.train.image_ids[::step])
        first = read_segmentations(self.run_folder / "segments" / "train.jsonl")
        head, slots = self._head.to(device), self.config.slots
        if settings.kind == SOFT:
            form, perturb = (
                PeakTimes(_PEAKS.reach(heard[0].hop), _PEAKS.threshold),
                self.parts.encoder.perturb,
            )
            teaching = self.teaching
            return BoundaryTuning(
                settings.soft, form, _PEAKS, head, teaching, slots, spoken, first, perturb, self.seed
            )
        generator, lm = self.teaching.generator, self.parts.teachers.lm
        return BoundaryPolicy(settings.policy, head, generator, lm, slots, spoken, first, self.seed)

    def _train(self, task: Task, loop: LoopConfig, what: str) -> None:
        name = f"{STAGE}_head" if what == "head" else STAGE
        log = MetricsLog(self.run_folder / "metrics.jsonl", name)
        with progress(f"{STAGE}, {what}", loop.updates) as report:
            run_loop(task, loop, self.folder / what, log, self.seed, report)


def _spans(found: Sequence[Segmentation]) -> int:
    return sum(len(each.spans) for each in found)


def _with_boundaries(frames: Frames, found: Segmentation) -> Heard:
    """The frames with the edges of the spans, which tile them."""
    return Heard(frames, np.array([0.0, *(span.end for span in found.spans)]))
