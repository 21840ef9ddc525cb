"""Rounds of recognising the training speech and cutting it anew, each kept once it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from segmenters.recognised.frame_words import FrameWords
from segmenters.recognised.heard import Heard
from segmenters.recognised.recogniser import Recogniser
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.decoding.decoder import Decoder
from unsup_asr.files import replacing
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.parts import Parts
from unsup_asr.progress import LOGGER, progress
from unsup_asr.training.checkpoint import checkpoints, load_modules
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
)
from unsup_asr.training.self_training import Imitation
from unsup_asr.training.soft_targets import SoftTargets

STAGE = "re_estimation"
_READINGS, _GENERATOR, _FRAMES, _RECOGNISER = "readings.safetensors", "generator", "frames", "recogniser"


@dataclass(frozen=True)
class ReEstimated:
    """What the rounds came to.

    Attributes:
        train: the training speech as it was cut last.
        generator: checkpoint of the generator that adapted last.
        recogniser: cut it, and cuts other speech.
    """

    train: SpokenWords
    generator: Path
    recogniser: Recogniser


class ReEstimation:
    """The rounds; what is done is not done again.

    Args:
        config: the run.
        folder: the run folder.
        parts: what the run stands on.
        train: the training speech as the segmenter has cut it.
        hints: [U, V], log-scores of the words that its pictures call for.
    """

    def __init__(
        self, config: RunConfig, folder: Path, parts: Parts, train: SpokenWords, hints: Tensor
    ) -> None:
        self.config, self.settings, self.parts, self.hints = config, config.re_estimation, parts, hints
        self.train = train
        self.metrics, self.folder = folder / "metrics.jsonl", folder / "checkpoints" / STAGE

    def run(self, decoder: Decoder) -> ReEstimated:
        """All rounds.

        Args:
            decoder: with the generator to begin with, which is trained.
        """
        heard = self.parts.extractor.heard("train", self.train.ids, self.settings.recognition.candidates)
        durations = torch.tensor([each.frames.duration for each in heard])
        closed = close_gaps(self.train, durations, self.settings.pause)
        model = self._new_model(heard[0].frames.hop)
        before, read = self.train, None
        spoken = self._cut(closed.split(list(map(len, spans_of(self.train)))), heard)
        for number in range(self.settings.rounds):
            folder = self.folder / f"round-{number}"
            if (folder / _READINGS).exists():
                load_modules(checkpoints(folder / _GENERATOR)[-1], {"generator": decoder.generator})
                load_modules(checkpoints(folder / _FRAMES)[-1], {"frame_words": model})
            else:
                targets = agreed_targets(decoder, before, self.hints, read)
                self._adapt(decoder, spoken, targets, number)
                targets = agreed_targets(decoder, spoken, self.hints, read)
                self._teach(model, heard, spoken, targets, number)
                self._read(model, heard, spoken, folder)
            readings = load_file(folder / _READINGS)
            read = readings["entries"].to(self.config.device)
            before = spoken = self._cut(readings["spans"].split(readings["counts"].tolist()), heard)
        last = self.folder / f"round-{self.settings.rounds - 1}"
        return ReEstimated(spoken, checkpoints(last / _GENERATOR)[-1], Recogniser.load(last / _RECOGNISER))

    def _cut(self, spans: Sequence[Tensor], heard: Sequence[Heard]) -> SpokenWords:
        return cut_anew(self.train, spans, heard, self.parts.encoder, self.config.slots)

    def _new_model(self, hop: float) -> FrameWords:
        torch.manual_seed(self._seed(0))
        channels, entries = self.parts.encoder.channels, len(self.parts.vocabulary)
        return FrameWords(self.settings.frames, channels, hop, entries).to(self.config.device)

    def _adapt(self, decoder: Decoder, spoken: SpokenWords, targets: SoftTargets, number: int) -> None:
        """Let the generator learn what was decoded in these segments."""
        task = Imitation(
            self.config.self_training,
            decoder.generator,
            spoken,
            targets,
            self.parts.encoder.perturb,
            self._seed(number),
        )
        self._train(task, self.settings.adaptation, _GENERATOR, number)

    def _teach(
        self,
        model: FrameWords,
        heard: Sequence[Heard],
        spoken: SpokenWords,
        targets: SoftTargets,
        number: int,
    ) -> None:
        """Let the frames learn what was decoded where they stand."""
        task = FrameImitation(
            self.settings.frame_training,
            model,
            [each.frames for each in heard],
            spoken,
            targets,
            self.parts.encoder.perturb,
            self._seed(number),
        )
        self._train(task, self.settings.frame_training.loop, _FRAMES, number)

    def _train(self, task: Task, loop: LoopConfig, what: str, number: int) -> None:
        log = MetricsLog(self.metrics, f"{STAGE}_{what}", number)
        with progress(f"re-estimation, {what}, round {number}", loop.updates) as report:
            run_loop(task, loop, self.folder / f"round-{number}" / what, log, self._seed(number), report)

    def _read(self, model: FrameWords, heard: Sequence[Heard], spoken: SpokenWords, folder: Path) -> None:
        """Cut the training speech at the words recognised, and keep the recogniser that needs no pictures."""
        settings = self.settings
        teachers = self.parts.teachers
        nothing = torch.zeros_like(teachers.unigram)
        recogniser = Recogniser(settings.recognition, model, teachers.bigram, nothing)
        hints = settings.hint_scale * settings.recognition.lm_scale * self.hints
        hints[:, 0] = 0.0
        rated = slice(None, None, max(1, len(heard) // settings.rated))
        words = self.parts.words_per_second * sum(each.frames.duration for each in heard[rated])
        wanted = words * teachers.unigram
        hinted = at_usage(recogniser, heard[rated], wanted, hints[rated])
        readings = read_or_keep(hinted.read(heard, hints), spans_of(spoken))
        at_usage(recogniser, heard[rated], wanted).save(folder / _RECOGNISER)
        counts = torch.tensor([len(reading.entries) for reading in readings])
        LOGGER.info("re-estimation, %s: %d words", folder.name, int(counts.sum()))
        spans = torch.cat([reading.spans for reading in readings])
        entries = torch.cat([reading.entries for reading in readings])
        with replacing(folder / _READINGS) as temporary:
            save_file({"counts": counts, "spans": spans, "entries": entries}, temporary)

    def _seed(self, number: int) -> int:
        return self.config.seed * 1000 + 700 + number
