"""All that is learned in a run: starts through the stages, a choice without labels, rounds of self-training."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import torch
from torch import nn

from segmenters.recognised.recogniser import Recogniser
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.decoding.decoder import Decoder
from unsup_asr.models.discriminator import Discriminator
from unsup_asr.models.generator import WordGenerator
from unsup_asr.pipeline.boundary_tuning import STAGE as BOUNDARY_TUNING
from unsup_asr.pipeline.boundary_tuning import HeadTuning, TunedBoundaries
from unsup_asr.pipeline.budget import Budget
from unsup_asr.pipeline.config import RunConfig, StageConfig
from unsup_asr.pipeline.guarded_training import Guard, Place
from unsup_asr.pipeline.parts import Parts
from unsup_asr.pipeline.re_estimation import STAGE as RE_ESTIMATION
from unsup_asr.pipeline.re_estimation import ReEstimation
from unsup_asr.pipeline.rounds import CONFIDENCE, SELF_TRAINING, Round
from unsup_asr.pipeline.selection_log import SelectionLog
from unsup_asr.pipeline.student import STAGE as STUDENT
from unsup_asr.pipeline.student import TaughtStudent, teach_student
from unsup_asr.progress import LOGGER, progress
from unsup_asr.training.cascade import Cascade, Teaching
from unsup_asr.training.checkpoint import checkpoints, load_modules
from unsup_asr.training.confidence import weighted_by_confidence
from unsup_asr.training.guarded import Change
from unsup_asr.training.health import usual_health
from unsup_asr.training.incidents import IncidentLog
from unsup_asr.training.loop import LoopConfig, Task, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.picture_words import picture_word_scores
from unsup_asr.training.re_estimation import cut_anew, read_or_keep, spans_of
from unsup_asr.training.selection import Judge
from unsup_asr.training.self_training import Imitation, decoded_targets
from unsup_asr.training.soft_targets import SoftTargets
from unsup_asr.training.spoken_text import decoded_texts

# Texts that an incident shows.
_SAMPLE = 3
# Between the seeds of a run's orders of utterances, more than runs have seeds.
_ORDERS = 1_000_000


class Learner:
    """Runs the stages; what is done is not done again.

    Args:
        config: the run.
        folder: the run folder.
        parts: what it stands on.
        train: speech to learn from.
        validation: speech to choose by.

    Attributes:
        selection: what was trained, and what is said of it without labels.
        tuned: the boundary head that finds the words once it is fine-tuned; None before, and where none is.
        recogniser: finds the words anew once re-estimation is done; None before, and with true word times.
        student: writes without segments once it is taught; None before, and where there is none.
    """

    def __init__(
        self, config: RunConfig, folder: Path, parts: Parts, train: SpokenWords, validation: SpokenWords
    ) -> None:
        self.config, self.folder, self.parts = config, folder, parts
        self.train, self.validation = train, validation
        self.judge = Judge(parts.vocabulary, parts.kenlm, parts.clip, validation)
        self.selection = SelectionLog(folder / "selection.jsonl")
        usual = usual_health(parts.teachers.captions, parts.teachers.bigram, config.cascade.batch)
        self.guard = Guard(config.guard, usual, IncidentLog(folder / "incidents.jsonl"), self._sample)
        self.tuned: TunedBoundaries | None = None
        self.recogniser: Recogniser | None = None
        self.student: TaughtStudent | None = None
        self._anew: dict[tuple[str, str], SpokenWords] = {}

    def learn(self, budget: Budget) -> dict[str, Path]:
        """All stages from all starts, then self-training from the best of them.

        Returns:
            The checkpoint of each stage's chosen generator, in the order of training.
        """
        learned: dict[str, Path] = {}
        before: str | None = None
        for stage in self.config.stages:
            with budget.stage(stage.name):
                starts = self._going_on(before)
                for start in starts:
                    self._train_stage(stage, before, start)
                learned[stage.name] = self._choose(stage.name, starts)
            before = stage.name
        if self.config.tunes_boundaries and before is not None:
            with budget.stage(BOUNDARY_TUNING):
                learned[BOUNDARY_TUNING] = self._tune_boundaries(learned[before])
            before = BOUNDARY_TUNING
        if self.config.re_estimates and before is not None:
            with budget.stage(RE_ESTIMATION):
                learned[RE_ESTIMATION] = self._re_estimate(learned[before])
            before = RE_ESTIMATION
        if self.config.self_training.rounds and before is not None:
            with budget.stage(SELF_TRAINING):
                learned[SELF_TRAINING] = self._self_train(learned[before])
            before = SELF_TRAINING
        if self.config.student.loop.updates and before is not None:
            with budget.stage(STUDENT):
                self._teach_student(learned[before])
        return learned

    def decoder(self, checkpoint: Path) -> Decoder:
        """The decoder with the generator of a checkpoint."""
        generator = self.new_generator()
        load_modules(checkpoint, {"generator": generator})
        return self._decoder(generator)

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
        means = self.parts.teachers.entries.means()
        channels = self.train.segments.shape[-1]
        generator = WordGenerator(self.config.generator, channels, self.config.slots, means.cpu())
        return generator.to(self.config.device)

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
        return cut_anew(words, spans, heard, self.parts.encoder, self.config.slots)

    def _decoder(self, generator: WordGenerator) -> Decoder:
        return Decoder(generator, self.parts.vocabulary, self.parts.teachers.lm, self.config.decoder)

    def _seed(self, start: int, order: int = 0) -> int:
        """Of a start; of another order of its utterances after a restart."""
        return (self.config.seed + _ORDERS * order) * 1000 + start

    def _train_stage(self, stage: StageConfig, before: str | None, start: int) -> None:
        """One start through one stage, from where the stage before left it."""

        def build(change: Change) -> Cascade:
            return self._cascade(stage, before, start, change)

        folder = self._folder(stage.name, start)
        if start == 0 and _finished(folder, stage.loop) is None:
            LOGGER.info("%s needs %s", stage.name, build(Change()).memory(stage.loop.precision))
        place = Place(stage.name, start, folder)
        self.guard.train(place, build, lambda task: self._run(task, stage.loop, place, start))
        self._record(stage.name, start, stage.loop.updates, self.decoder(checkpoints(folder)[-1]))

    def _cascade(self, stage: StageConfig, before: str | None, start: int, change: Change) -> Cascade:
        """What a start learns from in a stage, as it is before the first update."""
        seed = self._seed(start, change.order)
        torch.manual_seed(seed)
        generator, discriminator = self.new_generator(), self._new_discriminator()
        if before is not None:
            last = checkpoints(self._folder(before, start))[-1]
            load_modules(last, {"generator": generator, "discriminator": discriminator})
        return Cascade(
            self.config.cascade,
            change.weights(stage.weights),
            generator,
            discriminator,
            self.parts.teachers,
            self.train,
            self.parts.encoder.perturb,
            seed,
        )

    def _going_on(self, before: str | None) -> Sequence[int]:
        """The starts that a stage goes on with: those that have not collapsed, or all if all have."""
        starts = range(self.config.starts)
        return starts if before is None else self.selection.sound(before, starts)

    def _sample(self, modules: Mapping[str, nn.Module]) -> list[str]:
        """The first few texts that a generator writes of the validation speech."""
        generator, words = modules["generator"], self.parts.vocabulary.words
        assert isinstance(generator, WordGenerator)
        written = self._decoder(generator).greedy(self.validation)[:_SAMPLE]
        return [" ".join(words[entry] for entry in row) for row in written]

    def _new_discriminator(self) -> Discriminator:
        width = self.parts.teachers.entries.means().shape[1]
        return Discriminator(self.config.discriminator, width).to(self.config.device)

    def _tune_boundaries(self, checkpoint: Path) -> Path:
        """Fine-tune the boundary head; returns the checkpoint of the generator that is used to its segments."""
        generator, discriminator = self.new_generator(), self._new_discriminator()
        load_modules(checkpoint, {"generator": generator, "discriminator": discriminator})
        weights, teachers, seed = self.config.stages[-1].weights, self.parts.teachers, self._seed(0) + 300
        teaching = Teaching(self.config.cascade, weights, generator, discriminator, teachers, seed)
        tuning = HeadTuning(self.config, self.folder, self.parts, teaching, self.train, seed)
        self.train, found = tuning.run()
        self.tuned = tuning.tuned
        self._judge_by(self.segments("validation", self.validation, BOUNDARY_TUNING))
        self._record(BOUNDARY_TUNING, 0, self.config.boundary_tuning.adaptation.updates, self.decoder(found))
        return self._choose(BOUNDARY_TUNING, [0])

    def _judge_by(self, validation: SpokenWords) -> None:
        """Whatever is to be chosen is judged by these segments from here on."""
        self.validation = validation
        self.judge = Judge(self.parts.vocabulary, self.parts.kenlm, self.parts.clip, validation)

    def _self_train(self, checkpoint: Path) -> Path:
        """Rounds of decoding the training speech and learning from it; returns the last generator's checkpoint.

        The generator of the last round is a new one: what the first stages learned wrongly is not in it.
        """
        rounds, hints = self.config.self_training.rounds, self._hints()

        def decoded(checkpoint: Path) -> SoftTargets:
            return decoded_targets(self.decoder(checkpoint), self.train, hints)

        exponent = self._confidence(checkpoint, decoded)
        for number in range(rounds + 1):
            place = self._place(SELF_TRAINING, number)
            each = Round(place, exponent, chance=number, afresh=number == rounds)
            checkpoint = self._imitate(each, checkpoint, decoded)
        sound = self.selection.sound(SELF_TRAINING, range(rounds + 1))
        return self._choose(SELF_TRAINING, [rounds] if rounds in sound else sound)

    def _confidence(self, checkpoint: Path, decoded: Callable[[Path], SoftTargets]) -> float:
        """The exponent of the utterances' confidence: of several the best by a first round with each."""
        exponents = self.config.self_training.confidence
        if len(exponents) == 1:
            return exponents[0]
        once = cache(decoded)
        for number, exponent in enumerate(exponents):
            self._imitate(Round(self._place(CONFIDENCE, number), exponent, chance=0), checkpoint, once)
        sound = self.selection.sound(CONFIDENCE, range(len(exponents)))
        chosen = exponents[self.selection.choose(CONFIDENCE, sound).start]
        LOGGER.info("utterances weigh their confidence to the power of %g", chosen)
        return chosen

    def _imitate(self, each: Round, checkpoint: Path, decoded: Callable[[Path], SoftTargets]) -> Path:
        """One round, if it is not done: learn what the generator of a checkpoint decodes."""
        settings, place = self.config.self_training, each.place
        loop = settings.final_loop if each.afresh else settings.loop
        if _finished(place.folder, loop) is None:
            targets = weighted_by_confidence(decoded(checkpoint), self.train.layout, each.exponent)

            def build(change: Change) -> Imitation:
                seed = self._seed(each.chance, change.order) + 500
                torch.manual_seed(seed)
                generator = self.new_generator() if each.afresh else self.decoder(checkpoint).generator
                return Imitation(settings, generator, self.train, targets, self.parts.encoder.perturb, seed)

            self.guard.train(place, build, lambda task: self._run(task, loop, place, each.chance))
        done = place.folder / f"step-{loop.updates}"
        self._record(place.stage, place.start, loop.updates, self.decoder(done))
        return done

    def _place(self, stage: str, number: int) -> Place:
        """Of a round; its losses have no weights."""
        return Place(stage, number, self._folder(stage, number), weighs=False)

    def _re_estimate(self, checkpoint: Path) -> Path:
        """Find the segments anew; returns the checkpoint of the generator that is used to them."""
        rounds = ReEstimation(self.config, self.folder, self.parts, self.train, self._hints())
        found = rounds.run(self.decoder(checkpoint))
        self.train, self.recogniser = found.train, found.recogniser
        self._judge_by(self.segments("validation", self.validation, RE_ESTIMATION))
        steps = self.config.re_estimation.rounds * self.config.re_estimation.adaptation.updates
        self._record(RE_ESTIMATION, 0, steps, self.decoder(found.generator))
        return found.generator

    def _teach_student(self, checkpoint: Path) -> None:
        """Have a student learn what the generator of a checkpoint decodes; it is judged as the others are."""
        self.student = teach_student(
            self.config,
            self.folder,
            self.parts,
            self.train.ids,
            lambda: decoded_texts(self.decoder(checkpoint), self.train, self._hints()),
        )
        updates = self.config.student.loop.updates
        if not self.selection.knows(STUDENT, 0, updates):
            self.selection.add(STUDENT, 0, updates, self.student.fitness(self.judge))
        self.selection.choose(STUDENT, [0])

    def _hints(self) -> torch.Tensor:
        """Log-scores [U, V] of the words that the pictures of the training speech call for."""
        settings, teachers = self.config.self_training, self.parts.teachers
        return settings.picture_scale * picture_word_scores(
            self.train.images,
            self._caption_embeddings(),
            teachers.captions,
            teachers.unigram,
            self.parts.clip.scale,
            settings.trust,
        )

    def _caption_embeddings(self) -> torch.Tensor:
        table = self.parts.vocabulary.entries
        rows = self.parts.teachers.captions.tolist()
        return self.parts.clip.encode_captions([[i for e in row for i in table[e].clip_ids] for row in rows])

    def _run(self, task: Task, loop: LoopConfig, place: Place, chance: int) -> None:
        log = MetricsLog(self.folder / "metrics.jsonl", place.stage, place.start)
        with progress(f"{place.stage}, {_pass(place.stage)} {place.start}", loop.updates) as report:
            run_loop(task, loop, place.folder, log, self._seed(chance), report)

    def _folder(self, stage: str, start: int) -> Path:
        return self.folder / "checkpoints" / stage / f"start-{start}"

    def _record(self, stage: str, start: int, step: int, decoder: Decoder) -> None:
        """Judge a generator without labels and write it down, once."""
        if self.selection.knows(stage, start, step):
            return
        fitness = self.judge.fitness(decoder.greedy(self.validation))
        self.selection.add(stage, start, step, fitness, self.guard.incidents.has_given_up(stage, start))
        heard = f"{stage}, {_pass(stage)} {start}"
        LOGGER.info("%s: perplexity %.1f, retrieval %.1f %%", heard, fitness.perplexity, fitness.retrieval_r1)

    def _choose(self, stage: str, starts: Sequence[int]) -> Path:
        """Mark the best of some starts of a stage; returns its checkpoint."""
        best = self.selection.choose(stage, starts)
        if best.collapsed:
            LOGGER.warning("%s: all of them have collapsed; %s %d is taken", stage, _pass(stage), best.start)
        return self._folder(stage, best.start) / f"step-{best.step}"


def _finished(folder: Path, loop: LoopConfig) -> Path | None:
    """The checkpoint after the last update, if it is there."""
    last = folder / f"step-{loop.updates}"
    return last if last.is_dir() else None


def _pass(stage: str) -> str:
    """What the numbers of a stage count."""
    return "round" if stage in (SELF_TRAINING, CONFIDENCE) else "start"
