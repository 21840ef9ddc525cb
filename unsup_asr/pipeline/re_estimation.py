"""Rounds of recognising the training speech and cutting it anew, each kept once it is done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from segmenters.recognised.frame_words import FrameWords
from segmenters.recognised.heard import Reading
from segmenters.recognised.joint_search import NULL
from segmenters.recognised.recogniser import Recogniser, RecognitionConfig
from segmenters.recognised.word_states import WordStates
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.files import replacing
from unsup_asr.pipeline.exchanges import without_exchanges
from unsup_asr.pipeline.networks import Networks
from unsup_asr.progress import LOGGER, progress
from unsup_asr.training.checkpoint import checkpoints, load_modules
from unsup_asr.training.decoded_transitions import decoded_transitions
from unsup_asr.training.frame_words_training import FrameImitation
from unsup_asr.training.loop import LoopConfig, Task, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.re_estimation import (
    agreed_targets,
    at_usage,
    close_gaps,
    cut_anew,
    read_or_keep,
    spans_of,
    with_evidence,
)
from unsup_asr.training.self_training import Imitation
from unsup_asr.training.soft_targets import SoftTargets
from unsup_asr.training.template_training import fitted_templates

STAGE = "re_estimation"
_READINGS, _GENERATOR, _FRAMES, _RECOGNISER = "readings.safetensors", "generator", "frames", "recogniser"


@dataclass(frozen=True)
class ReEstimated:
    """What the rounds came to.

    Attributes:
        train: the training speech as it was cut last, with what the recogniser says of the segments.
        generator: checkpoint of the generator that adapted last.
        recogniser: cut it, and cuts other speech.
    """

    train: SpokenWords
    generator: Path
    recogniser: Recogniser


class ReEstimation:
    """The rounds; what is done is not done again.

    Args:
        folder: the run folder.
        networks: of the run.
        train: the training speech as the segmenter has cut it.
        hints: [U, V], log-scores of the words that its pictures call for.
        checkpoint: of the generator to begin with.
    """

    def __init__(
        self, folder: Path, networks: Networks, train: SpokenWords, hints: Tensor, checkpoint: Path
    ) -> None:
        self.networks, self.parts, self.config = networks, networks.parts, networks.config
        self.settings, self.hints = self.config.re_estimation, hints
        self.metrics, self.folder = folder / "metrics.jsonl", folder / "checkpoints" / STAGE
        self.heard = self.parts.extractor.heard("train", train.ids, self.settings.recognition.candidates)
        durations = torch.tensor([each.frames.duration for each in self.heard])
        closed = close_gaps(train, durations, self.settings.pause)
        # What the rounds have come to: networks, segments before and now, and what was read in them.
        self.decoder, self.model = networks.decoder(checkpoint), self._new_model(0)
        self.before = train
        self.spoken = self._cut(closed.split([len(spans) for spans in spans_of(train)]))
        self.read: Tensor | None = None

    def run(self) -> ReEstimated:
        """All rounds."""
        for number in range(self.settings.rounds):
            self._round(number)
        last = self._round_folder(self.settings.rounds - 1)
        recogniser = Recogniser.load(last / _RECOGNISER)
        spoken = with_evidence(self.spoken, recogniser, self.heard)
        return ReEstimated(spoken, checkpoints(last / _GENERATOR)[-1], recogniser)

    def _round(self, number: int) -> None:
        """Learn what was decoded and read, and cut the speech at what is recognised then."""
        folder = self._round_folder(number)
        if (folder / _READINGS).exists():
            load_modules(checkpoints(folder / _GENERATOR)[-1], {"generator": self.decoder.generator})
            load_modules(checkpoints(folder / _FRAMES)[-1], {"frame_words": self.model})
        else:
            if number == self.settings.afresh:
                self._begin_afresh(number)
            self._adapt(number)
            self._teach(number)
            self._recognise(number)
        readings = load_file(folder / _READINGS)
        self.read = readings["entries"].to(self.config.device)
        self.before = self.spoken = self._cut(readings["spans"].split(readings["counts"].tolist()))

    def _begin_afresh(self, number: int) -> None:
        """Let templates read instead of the network; new networks are to learn from that."""
        if self.read is None:
            return
        frames = [each.frames for each in self.heard]
        self.read = without_exchanges(self.config.exchanges, self.parts, self.spoken, self.read)
        templates = fitted_templates(self.model, frames, self.spoken, self.read)
        recognition = replace(self.settings.recognition, frame_scale=self.settings.template_scale)
        readings = self._readings(recognition, templates)
        self.read = torch.cat([reading.entries for reading in readings]).to(self.config.device)
        self.before = self.spoken = self._cut([reading.spans for reading in readings])
        torch.manual_seed(self._seed(number))
        self.decoder = self.networks.decoder_of(self.networks.generator())
        self.model = self._new_model(number)

    def _adapt(self, number: int) -> None:
        """Let the generator learn what was decoded in these segments."""
        perturb, loop = self.parts.encoder.perturb, self._length(self.settings.adaptation, number)
        generator, targets = self.decoder.generator, self._targets(self.before, number)
        settings, seed = self.config.self_training, self._seed(number)
        task = Imitation(settings, generator, self.spoken, targets, perturb, seed)
        self._train(task, loop, _GENERATOR, number)

    def _teach(self, number: int) -> None:
        """Let the frames learn what was decoded where they stand."""
        loop = self._length(self.settings.frame_training.loop, number)
        task = FrameImitation(
            replace(self.settings.frame_training, loop=loop),
            self.model,
            [each.frames for each in self.heard],
            self.spoken,
            self._targets(self.spoken, number),
            self.parts.encoder.perturb,
            self._seed(number),
        )
        self._train(task, loop, _FRAMES, number)

    def _targets(self, spoken: SpokenWords, number: int) -> SoftTargets:
        """What segments are taken for; a new generator has nothing to say yet."""
        if self.read is not None and number == self.settings.afresh:
            return SoftTargets.read(self.read, len(self.parts.vocabulary))
        return agreed_targets(self.decoder, spoken, self.hints, self.read)

    def _recognise(self, number: int) -> None:
        """Cut the training speech at what is recognised; at last, keep the recogniser that needs no pictures."""
        folder = self._round_folder(number)
        readings = self._readings(self.settings.recognition, self.model)
        if number == self.settings.rounds - 1:
            self._at_usage(self.settings.recognition, self.model, None).save(folder / _RECOGNISER)
        counts = torch.tensor([len(reading.entries) for reading in readings])
        LOGGER.info("re-estimation, %s: %d words", folder.name, int(counts.sum()))
        spans = torch.cat([reading.spans for reading in readings])
        entries = torch.cat([reading.entries for reading in readings])
        with replacing(folder / _READINGS) as temporary:
            save_file({"counts": counts, "spans": spans, "entries": entries}, temporary)

    def _readings(self, recognition: RecognitionConfig, model: WordStates) -> list[Reading]:
        """What is recognised in the training speech with the help of its pictures."""
        hints = self.settings.hint_scale * recognition.lm_scale * self.hints
        hints[:, NULL] = 0.0
        recogniser = self._at_usage(recognition, model, hints)
        return read_or_keep(recogniser.read(self.heard, hints), spans_of(self.spoken))

    def _at_usage(
        self, recognition: RecognitionConfig, model: WordStates, hints: Tensor | None
    ) -> Recogniser:
        """The recogniser that uses words as captions do, as far as some of the utterances tell."""
        teachers = self.parts.teachers
        some = slice(None, None, max(1, len(self.heard) // self.settings.rated))
        words = self.parts.words_per_second * sum(each.frames.duration for each in self.heard[some])
        recogniser = Recogniser(recognition, model, self._transitions(), torch.zeros_like(teachers.unigram))
        known = None if hints is None else hints[some]
        return at_usage(recogniser, self.heard[some], words * teachers.unigram, known)

    def _transitions(self) -> Tensor:
        """How words follow each other: as in captions; where speech has an order of its own, as was decoded."""
        teachers = self.parts.teachers
        if not self.config.translation.reorder:
            return teachers.transitions
        read = self._targets(self.spoken, 0).likeliest if self.read is None else self.read
        return decoded_transitions(read, self.spoken.layout, len(self.parts.vocabulary))

    def _train(self, task: Task, loop: LoopConfig, what: str, number: int) -> None:
        log = MetricsLog(self.metrics, f"{STAGE}_{what}", number)
        with progress(f"re-estimation, {what}, round {number}", loop.updates) as report:
            run_loop(task, loop, self._round_folder(number) / what, log, self._seed(number), report)

    def _length(self, loop: LoopConfig, number: int) -> LoopConfig:
        """Of a training in a round: what begins afresh learns twice as long."""
        return replace(loop, updates=2 * loop.updates) if number == self.settings.afresh else loop

    def _new_model(self, number: int) -> FrameWords:
        torch.manual_seed(self._seed(number))
        channels, entries = self.parts.encoder.channels, len(self.parts.vocabulary)
        model = FrameWords(self.settings.frames, channels, self.heard[0].frames.hop, entries)
        return model.to(self.config.device)

    def _cut(self, spans: Sequence[Tensor]) -> SpokenWords:
        return cut_anew(self.before, spans, self.heard, self.parts.encoder, self.config.slots)

    def _round_folder(self, number: int) -> Path:
        return self.folder / f"round-{number}"

    def _seed(self, number: int) -> int:
        return self.config.seed * 1000 + 700 + number
