"""The CTC student of a run, taught by what the last stage wrote of the training speech."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from lm.arpa import Arpa
from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from unsup_asr.data.output_units import CLIP_PIECES, OutputUnits, output_units
from unsup_asr.data.vocabulary import Entry, Vocabulary
from unsup_asr.decoding.hypothesis import Hypothesis, write_hypotheses
from unsup_asr.decoding.long_speech import transcribe_frames
from unsup_asr.decoding.student_decoder import StudentDecoder
from unsup_asr.models.ctc_student import CtcStudent
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.parts import Parts
from unsup_asr.progress import LOGGER, progress
from unsup_asr.student import FOLDER, Student, StudentModelConfig
from unsup_asr.training.checkpoint import load_modules
from unsup_asr.training.loop import run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.selection import Fitness, Judge
from unsup_asr.training.spoken_text import SpokenText
from unsup_asr.training.student_training import CtcImitation, lessons

STAGE = "student"
# Apart from those of the other stages.
_SEED = 900


@dataclass(frozen=True)
class TaughtStudent:
    """What the training came to.

    Attributes:
        decoder: the student with its language model.
        arpa: the language model.
        parts: what the run stands on.
    """

    decoder: StudentDecoder
    arpa: Arpa
    parts: Parts

    def greedy(self, split: str, ids: Sequence[str]) -> list[list[str]]:
        """The words of some utterances of a split, without language model."""
        return self.decoder.greedy([each.values for each in self.parts.extractor.frames(split, ids)])

    def decode(self, split: str, ids: Sequence[str]) -> list[Hypothesis]:
        """The best text of some utterances of a split, as `transcribe` writes it."""
        texts = transcribe_frames(self.decoder, self.parts.extractor.frames(split, ids))
        return [Hypothesis(id, t.text, t.words, t.score) for id, t in zip(ids, texts, strict=True)]

    def greedy_pieces(self, split: str, ids: Sequence[str]) -> list[list[str]]:
        """CLIP's pieces of the greedy texts, whatever units they are written with."""
        return [[p for word in text for p in self._entry(0, word).pieces] for text in self.greedy(split, ids)]

    def fitness(self, judge: Judge) -> Fitness:
        """How good its greedy text of the validation speech looks; the judge's must be of that."""
        texts = self.greedy("validation", judge.spoken.ids)
        # Units can be put together to words that no caption has.
        index = judge.vocabulary.index()
        new = dict.fromkeys(word for text in texts for word in text if word not in index)
        entries = [*judge.vocabulary.entries]
        for word in new:
            index[word] = len(entries)
            entries.append(self._entry(len(entries), word))
        judge = replace(judge, vocabulary=Vocabulary(tuple(entries)))
        return judge.fitness([[index[word] for word in text] for text in texts])

    def keep(self, config: RunConfig, folder: Path, ids: Sequence[str]) -> None:
        """Write it into the run folder by itself, and what it writes of the validation speech of these ids."""
        self.model(config).save_pretrained(folder / FOLDER)
        write_hypotheses(folder / "decoded" / f"{STAGE}.validation.jsonl", self.decode("validation", ids))

    def model(self, config: RunConfig) -> Student:
        """The student by itself."""
        network = self.decoder.student
        settings = StudentModelConfig(
            config.language, config.encoder, config.log_mel, network.config, config.student.beam
        )
        return Student(settings, self.decoder.units, network, self.arpa, self.parts.encoder, config.device)

    def _entry(self, number: int, word: str) -> Entry:
        tokenizer = self.parts.clip.tokenizer
        ids = tuple(tokenizer.encode(word))
        return Entry(number, tuple(tokenizer.decoder[id] for id in ids), ids, 0)


def teach_student(
    config: RunConfig,
    folder: Path,
    parts: Parts,
    ids: Sequence[str],
    read: Callable[[], Sequence[SpokenText]],
) -> TaughtStudent:
    """Train the student in `checkpoints/student` of a run folder, or load it from there.

    Args:
        config: the run.
        folder: the run folder.
        parts: what it stands on.
        ids: of the training speech.
        read: tells what was decoded in each utterance of it; asked only where there is training to do.
    """
    settings = config.student
    units = output_units(settings.units, parts.vocabulary, parts.captions, settings.pieces)
    arpa = _language_model(config, parts, units)
    seed = config.seed * 1000 + _SEED
    torch.manual_seed(seed)
    network = CtcStudent(settings.network, parts.encoder.channels, parts.encoder.hop, len(units)).to(
        config.device
    )
    own = folder / "checkpoints" / STAGE
    last = own / f"step-{settings.loop.updates}"
    if last.is_dir():
        load_modules(last, {STAGE: network})
    else:
        frames = [each.values for each in parts.extractor.frames("train", ids)]
        network.normalise_by(frames)
        learned = lessons(network, frames, read(), parts.vocabulary.words, units)
        LOGGER.info("the student learns from %d of %d utterances", len(learned), len(ids))
        task = CtcImitation(settings, network, learned, parts.encoder.hop, parts.encoder.perturb, seed)
        log = MetricsLog(folder / "metrics.jsonl", STAGE)
        with progress(STAGE, settings.loop.updates) as report:
            run_loop(task, settings.loop, own, log, seed, report)
    lm = EntryLM.from_arpa(arpa, units.tokens).to(config.device)
    return TaughtStudent(StudentDecoder(network.eval(), units, lm, settings.beam), arpa, parts)


def _language_model(config: RunConfig, parts: Parts, units: OutputUnits) -> Arpa:
    """Of the captions, as the units write them."""
    if units.kind == CLIP_PIECES:
        return parts.arpa
    written = ([units.tokens[unit] for unit in units.encode(caption)] for caption in parts.captions)
    return estimate(written, config.lm.order, config.lm.prune)
