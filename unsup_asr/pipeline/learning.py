"""All that is learned in a run: starts through the stages, a choice without labels, rounds of self-training."""

from collections.abc import Sequence
from pathlib import Path

import torch

from segmenters.recognised.recogniser import Recogniser
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.decoding.decoder import Decoder
from unsup_asr.models.discriminator import Discriminator
from unsup_asr.models.generator import WordGenerator
from unsup_asr.pipeline.budget import Budget
from unsup_asr.pipeline.config import RunConfig, StageConfig
from unsup_asr.pipeline.parts import Parts
from unsup_asr.pipeline.re_estimation import STAGE as RE_ESTIMATION
from unsup_asr.pipeline.re_estimation import ReEstimation
from unsup_asr.pipeline.selection_log import SelectionLog
from unsup_asr.progress import LOGGER, progress
from unsup_asr.training.cascade import Cascade
from unsup_asr.training.checkpoint import checkpoints, load_modules
from unsup_asr.training.loop import LoopConfig, Task, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.picture_words import picture_word_scores
from unsup_asr.training.re_estimation import cut_anew, read_or_keep, spans_of
from unsup_asr.training.selection import Judge
from unsup_asr.training.self_training import Imitation, decoded_targets


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
        recogniser: finds the words anew once re-estimation is done; None before, and with true word times.
    """

    def __init__(
        self, config: RunConfig, folder: Path, parts: Parts, train: SpokenWords, validation: SpokenWords
    ) -> None:
        self.config, self.folder, self.parts = config, folder, parts
        self.train, self.validation = train, validation
        self.judge = Judge(parts.vocabulary, parts.kenlm, parts.clip, validation)
        self.selection = SelectionLog(folder / "selection.jsonl")
        self.recogniser: Recogniser | None = None
        self._anew: dict[str, SpokenWords] = {}

    def learn(self, budget: Budget) -> dict[str, Path]:
        """All stages from all starts, then self-training from the best of them.

        Returns:
            The checkpoint of each stage's chosen generator, in the order of training.
        """
        learned: dict[str, Path] = {}
        before: str | None = None
        for stage in self.config.stages:
            with budget.stage(stage.name):
                for start in range(self.config.starts):
                    self._train_stage(stage, before, start)
                learned[stage.name] = self._choose(stage.name, range(self.config.starts))
            before = stage.name
        if self.config.re_estimates and before is not None:
            with budget.stage(RE_ESTIMATION):
                learned[RE_ESTIMATION] = self._re_estimate(learned[before])
            before = RE_ESTIMATION
        if self.config.self_training.rounds and before is not None:
            with budget.stage("self_training"):
                learned["self_training"] = self._self_train(learned[before])
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
        if self.recogniser is None or stage in {each.name for each in self.config.stages}:
            return words
        if name not in self._anew:
            self._anew[name] = self._cut_anew(self.recogniser, name, words)
        return self._anew[name]

    def new_generator(self) -> WordGenerator:
        """A generator as it is before any learning; torch's random state decides its weights."""
        means = self.parts.teachers.entries.means()
        channels = self.train.segments.shape[-1]
        generator = WordGenerator(self.config.generator, channels, self.config.slots, means.cpu())
        return generator.to(self.config.device)

    def _cut_anew(self, recogniser: Recogniser, name: str, words: SpokenWords) -> SpokenWords:
        extractor, candidates = self.parts.extractor, self.config.re_estimation.recognition.candidates
        heard = extractor.heard(name, words.ids, candidates)
        readings = read_or_keep(recogniser.read(heard), spans_of(words))
        spans = [reading.spans for reading in readings]
        return cut_anew(words, spans, heard, self.parts.encoder, self.config.slots)

    def _decoder(self, generator: WordGenerator) -> Decoder:
        return Decoder(generator, self.parts.vocabulary, self.parts.teachers.lm, self.config.decoder)

    def _seed(self, start: int) -> int:
        return self.config.seed * 1000 + start

    def _train_stage(self, stage: StageConfig, before: str | None, start: int) -> None:
        """One start through one stage, from where the stage before left it."""
        torch.manual_seed(self._seed(start))
        generator = self.new_generator()
        width = self.parts.teachers.entries.means().shape[1]
        discriminator = Discriminator(self.config.discriminator, width).to(self.config.device)
        if before is not None:
            last = checkpoints(self._folder(before, start))[-1]
            load_modules(last, {"generator": generator, "discriminator": discriminator})
        task = Cascade(
            self.config.cascade,
            stage.weights,
            generator,
            discriminator,
            self.parts.teachers,
            self.train,
            self.parts.encoder.perturb,
            self._seed(start),
        )
        if start == 0 and _finished(self._folder(stage.name, start), stage.loop) is None:
            LOGGER.info("%s needs %s", stage.name, task.memory(stage.loop.precision))
        self._run(task, stage.loop, stage.name, start)
        self._record(stage.name, start, stage.loop.updates, self._decoder(generator))

    def _self_train(self, checkpoint: Path) -> Path:
        """Rounds of decoding the training speech and learning from it; returns the last generator's checkpoint.

        The generator of the last round is a new one: what the first stages learned wrongly is not in it.
        """
        settings, hints = self.config.self_training, self._hints()
        for number in range(settings.rounds + 1):
            afresh = number == settings.rounds
            loop = settings.final_loop if afresh else settings.loop
            folder = self._folder("self_training", number)
            if not (done := _finished(folder, loop)):
                decoder, seed = self.decoder(checkpoint), self._seed(number) + 500
                targets = decoded_targets(decoder, self.train, hints)
                torch.manual_seed(seed)
                generator = self.new_generator() if afresh else decoder.generator
                task = Imitation(settings, generator, self.train, targets, self.parts.encoder.perturb, seed)
                self._run(task, loop, "self_training", number)
                done = _finished(folder, loop)
            assert done is not None
            checkpoint = done
            self._record("self_training", number, loop.updates, self.decoder(checkpoint))
        return self._choose("self_training", [settings.rounds])

    def _re_estimate(self, checkpoint: Path) -> Path:
        """Find the segments anew; returns the checkpoint of the generator that is used to them."""
        rounds = ReEstimation(self.config, self.folder, self.parts, self.train, self._hints())
        found = rounds.run(self.decoder(checkpoint))
        self.train, self.recogniser = found.train, found.recogniser
        self.validation = self.segments("validation", self.validation, RE_ESTIMATION)
        self.judge = Judge(self.parts.vocabulary, self.parts.kenlm, self.parts.clip, self.validation)
        steps = self.config.re_estimation.rounds * self.config.re_estimation.adaptation.updates
        self._record(RE_ESTIMATION, 0, steps, self.decoder(found.generator))
        return found.generator

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

    def _run(self, task: Task, loop: LoopConfig, stage: str, start: int) -> None:
        log = MetricsLog(self.folder / "metrics.jsonl", stage, start)
        with progress(f"{stage}, {_pass(stage)} {start}", loop.updates) as report:
            run_loop(task, loop, self._folder(stage, start), log, self._seed(start), report)

    def _folder(self, stage: str, start: int) -> Path:
        return self.folder / "checkpoints" / stage / f"start-{start}"

    def _record(self, stage: str, start: int, step: int, decoder: Decoder) -> None:
        """Judge a generator without labels and write it down, once."""
        if self.selection.knows(stage, start, step):
            return
        fitness = self.judge.fitness(decoder.greedy(self.validation))
        self.selection.add(stage, start, step, fitness)
        heard = f"{stage}, {_pass(stage)} {start}"
        LOGGER.info("%s: perplexity %.1f, retrieval %.1f %%", heard, fitness.perplexity, fitness.retrieval_r1)

    def _choose(self, stage: str, starts: Sequence[int]) -> Path:
        """Mark the best of some starts of a stage; returns its checkpoint."""
        best = self.selection.choose(stage, starts)
        return self._folder(stage, best.start) / f"step-{best.step}"


def _finished(folder: Path, loop: LoopConfig) -> Path | None:
    """The checkpoint after the last update, if it is there."""
    last = folder / f"step-{loop.updates}"
    return last if last.is_dir() else None


def _pass(stage: str) -> str:
    """What the numbers of a stage count."""
    return "round" if stage == "self_training" else "start"
