"""All that is learned in a run, stage after stage: starts, a choice without labels, what goes on from it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from segmenters.recognised.recogniser import Recogniser
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.decoding.decoder import Decoder
from unsup_asr.decoding.translator import Translator
from unsup_asr.models.generator import WordGenerator
from unsup_asr.pipeline.boundary_tuning import STAGE as BOUNDARY_TUNING
from unsup_asr.pipeline.boundary_tuning import HeadTuning, TunedBoundaries
from unsup_asr.pipeline.budget import Budget
from unsup_asr.pipeline.config import RunConfig, StageConfig
from unsup_asr.pipeline.networks import Networks
from unsup_asr.pipeline.parts import Parts
from unsup_asr.pipeline.re_estimation import STAGE as RE_ESTIMATION
from unsup_asr.pipeline.re_estimation import ReEstimation
from unsup_asr.pipeline.rounds import SELF_TRAINING
from unsup_asr.pipeline.self_training import SelfTraining
from unsup_asr.pipeline.student import STAGE as STUDENT
from unsup_asr.pipeline.student import TaughtStudent, teach_student
from unsup_asr.pipeline.trainer import Trainer
from unsup_asr.pipeline.translation import DENOISED, gather_translator, train_denoiser
from unsup_asr.progress import LOGGER
from unsup_asr.training.cascade import Cascade, Teaching
from unsup_asr.training.checkpoint import checkpoints
from unsup_asr.training.guarded import Change
from unsup_asr.training.re_estimation import cut_anew, read_or_keep, spans_of, with_evidence
from unsup_asr.training.self_training import decoded_targets
from unsup_asr.training.soft_targets import SoftTargets
from unsup_asr.training.spoken_text import decoded_texts


class Learner:
    """Runs the stages; what is done is not done again.

    Args:
        config: the run.
        folder: the run folder.
        parts: what it stands on.
        train: speech to learn from.
        validation: speech to choose by.

    Attributes:
        trainer: trains generators, judges and chooses them.
        tuned: the boundary head that finds the words once it is fine-tuned; None before, and where none is.
        recogniser: finds the words anew once re-estimation is done; None before, and with true word times.
        student: writes without segments once it is taught; None before, and where there is none.
        translator: brings words into English once all is learned; None before, and where there is none.
    """

    def __init__(
        self, config: RunConfig, folder: Path, parts: Parts, train: SpokenWords, validation: SpokenWords
    ) -> None:
        self.config, self.folder, self.parts = config, folder, parts
        self.train, self.validation = train, validation
        self.networks = Networks(config, parts, train.segments.shape[-1])
        self.trainer = Trainer(folder, self.networks, validation)
        self.tuned: TunedBoundaries | None = None
        self.recogniser: Recogniser | None = None
        self.student: TaughtStudent | None = None
        self.translator: Translator | None = None
        self._anew: dict[tuple[str, str], SpokenWords] = {}

    def learn(self, budget: Budget) -> dict[str, Path]:
        """All stages from all starts, then what follows from the best of them.

        Returns:
            The checkpoint of each stage's chosen generator, in the order of training.
        """
        learned = self._learn_stages(budget)
        if not learned:
            return learned
        checkpoint = list(learned.values())[-1]
        for name, go_on in self._what_follows().items():
            with budget.stage(name):
                learned[name] = checkpoint = go_on(checkpoint)
        if self.config.student.loop.updates:
            with budget.stage(STUDENT):
                self._teach_student(checkpoint)
        if self.config.translation.wanted:
            self.translator = self.learn_to_translate(checkpoint, budget)
        return learned

    def decoder(self, checkpoint: Path) -> Decoder:
        """The decoder with the generator of a checkpoint, in the order of speech."""
        return self.networks.plain_decoder(checkpoint)

    def segments(self, name: str, words: SpokenWords, stage: str) -> SpokenWords:
        """The segments of a split that the generator of a stage listens to.

        Args:
            name: of the split.
            words: as the run's segmenter has cut it.
            stage: of those learned.
        """
        if stage in {each.name for each in self.config.stages}:
            return words
        if self.tuned is not None:
            words = self._once(BOUNDARY_TUNING, self.tuned.cut, name, words)
        if self.recogniser is None or stage == BOUNDARY_TUNING:
            return words
        return self._once(RE_ESTIMATION, self._cut_anew, name, words)

    def new_generator(self) -> WordGenerator:
        """A generator as it is before any learning; torch's random state decides its weights."""
        return self.networks.generator()

    def learn_to_translate(self, checkpoint: Path, budget: Budget) -> Translator:
        """The translator; its denoiser knows what the generator of a checkpoint confuses."""
        translator = gather_translator(self.config, self.parts)
        if not self.config.translation.denoise:
            return translator

        def decoded() -> SoftTargets:
            return decoded_targets(self.networks.decoder(checkpoint), self.train, self._hints())

        with budget.stage(DENOISED):
            denoiser = train_denoiser(self.config, self.folder, self.parts, decoded)
        return replace(translator, denoiser=denoiser)

    def _learn_stages(self, budget: Budget) -> dict[str, Path]:
        learned: dict[str, Path] = {}
        before: str | None = None
        for stage in self.config.stages:
            with budget.stage(stage.name):
                starts = self._going_on(before)
                for start in starts:
                    self._train_stage(stage, before, start)
                learned[stage.name] = self.trainer.choose(stage.name, starts)
            before = stage.name
        return learned

    def _what_follows(self) -> dict[str, Callable[[Path], Path]]:
        """What the run does after its stages, in this order: each goes on from a checkpoint to one of its own."""
        config = self.config
        known = {
            BOUNDARY_TUNING: (config.tunes_boundaries, self._tune_boundaries),
            RE_ESTIMATION: (config.re_estimates, self._re_estimate),
            SELF_TRAINING: (config.self_training.rounds > 0, self._self_train),
        }
        return {name: go_on for name, (wanted, go_on) in known.items() if wanted}

    def _going_on(self, before: str | None) -> Sequence[int]:
        """The starts that a stage goes on with: those that have not collapsed, or all if all have."""
        starts = range(self.config.starts)
        return starts if before is None else self.trainer.selection.sound(before, starts)

    def _train_stage(self, stage: StageConfig, before: str | None, start: int) -> None:
        """One start through one stage, from where the stage before left it."""

        def build(change: Change) -> Cascade:
            return self._cascade(stage, before, start, change)

        place = self.trainer.place(stage.name, start)
        if start == 0 and not self.trainer.is_done(place, stage.loop):
            LOGGER.info("%s needs %s", stage.name, build(Change()).memory(stage.loop.precision))
        self.trainer.train(place, stage.loop, build, start)
        self.trainer.record(stage.name, start, stage.loop.updates, checkpoints(place.folder)[-1])

    def _cascade(self, stage: StageConfig, before: str | None, start: int, change: Change) -> Cascade:
        """What a start learns from in a stage, as it is before the first update."""
        seed = self.trainer.seed(start, change.order)
        torch.manual_seed(seed)
        last = None if before is None else checkpoints(self.trainer.place(before, start).folder)[-1]
        generator, discriminator = self.networks.pair(last)
        return Cascade(
            self.config.cascade,
            change.weights(stage.weights),
            generator,
            discriminator,
            self.parts.teachers,
            self.train,
            self.parts.encoder.perturb,
            seed,
            self.networks.reorderer(generator) if stage.reordered else None,
        )

    def _tune_boundaries(self, checkpoint: Path) -> Path:
        """Fine-tune the boundary head; returns the checkpoint of the generator that is used to its segments."""
        generator, discriminator = self.networks.pair(checkpoint)
        weights, teachers = self.config.stages[-1].weights, self.parts.teachers
        seed = self.trainer.seed(0) + 300
        teaching = Teaching(self.config.cascade, weights, generator, discriminator, teachers, seed)
        tuning = HeadTuning(self.config, self.folder, self.parts, teaching, self.train, seed)
        self.train, found = tuning.run()
        self.tuned = tuning.tuned
        self._judge_by(self.segments("validation", self.validation, BOUNDARY_TUNING))
        self.trainer.record(BOUNDARY_TUNING, 0, self.config.boundary_tuning.adaptation.updates, found)
        return self.trainer.choose(BOUNDARY_TUNING, [0])

    def _judge_by(self, validation: SpokenWords) -> None:
        """Whatever is to be chosen is judged by these segments from here on."""
        self.validation = validation
        self.trainer.judge_by(validation)

    def _self_train(self, checkpoint: Path) -> Path:
        """Learn what is decoded; returns the last generator's checkpoint."""
        return SelfTraining(self.trainer, self.train, self._hints()).run(checkpoint)

    def _re_estimate(self, checkpoint: Path) -> Path:
        """Find the segments anew; returns the checkpoint of the generator that is used to them."""
        found = ReEstimation(self.folder, self.networks, self.train, self._hints(), checkpoint).run()
        self.train, self.recogniser = found.train, found.recogniser
        self._judge_by(self.segments("validation", self.validation, RE_ESTIMATION))
        steps = self.config.re_estimation.rounds * self.config.re_estimation.adaptation.updates
        self.trainer.record(RE_ESTIMATION, 0, steps, found.generator)
        return found.generator

    def _teach_student(self, checkpoint: Path) -> None:
        """Have a student learn what the generator of a checkpoint decodes; it is judged as the others are."""
        self.student = teach_student(
            self.config,
            self.folder,
            self.parts,
            self.train.ids,
            lambda: decoded_texts(self.networks.decoder(checkpoint), self.train, self._hints()),
        )
        updates = self.config.student.loop.updates
        if not self.trainer.selection.knows(STUDENT, 0, updates):
            self.trainer.selection.add(STUDENT, 0, updates, self.student.fitness(self.trainer.judge))
        self.trainer.selection.choose(STUDENT, [0])

    def _hints(self) -> Tensor:
        """Log-scores [U, V] of the words that the pictures of the training speech call for."""
        settings, teachers = self.config.self_training, self.parts.teachers
        scores = teachers.picture_words.scores(self.train.images, teachers.unigram, settings.trust)
        return settings.picture_scale * scores

    def _once(
        self, stage: str, cut: Callable[[str, SpokenWords], SpokenWords], name: str, words: SpokenWords
    ) -> SpokenWords:
        """What is cut in a stage, kept for whoever asks again."""
        if (stage, name) not in self._anew:
            self._anew[stage, name] = cut(name, words)
        return self._anew[stage, name]

    def _cut_anew(self, name: str, words: SpokenWords) -> SpokenWords:
        assert self.recogniser is not None
        extractor, candidates = self.parts.extractor, self.config.re_estimation.recognition.candidates
        heard = extractor.heard(name, words.ids, candidates)
        readings = read_or_keep(self.recogniser.read(heard), spans_of(words))
        spans = [reading.spans for reading in readings]
        anew = cut_anew(words, spans, heard, self.parts.encoder, self.config.slots)
        return with_evidence(anew, self.recogniser, heard)
