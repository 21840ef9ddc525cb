"""What all training of generators in a run has in common: watched, kept, judged without labels, chosen from."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from torch import nn

from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.models.generator import WordGenerator
from unsup_asr.pipeline.guarded_training import Guard, Place
from unsup_asr.pipeline.networks import Networks
from unsup_asr.pipeline.rounds import CONFIDENCE, SELF_TRAINING
from unsup_asr.pipeline.selection_log import SelectionLog
from unsup_asr.progress import LOGGER, progress
from unsup_asr.training.guarded import Change
from unsup_asr.training.health import usual_health
from unsup_asr.training.incidents import IncidentLog
from unsup_asr.training.loop import LoopConfig, Task, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.selection import Judge

# Texts that an incident shows.
_SAMPLE = 3
# Between the seeds of a run's orders of utterances, more than runs have seeds.
_ORDERS = 1_000_000


class Trainer:
    """Trains starts and rounds in a run folder and writes down what came of them.

    Args:
        folder: the run folder.
        networks: of the run.
        validation: speech to choose by.

    Attributes:
        judge: judges what was trained, without labels.
        selection: what was trained, and what is said of it.
    """

    def __init__(self, folder: Path, networks: Networks, validation: SpokenWords) -> None:
        self.folder, self.networks, self.config = folder, networks, networks.config
        self.selection = SelectionLog(folder / "selection.jsonl")
        teachers = networks.parts.teachers
        usual = usual_health(teachers.captions, teachers.bigram, self.config.cascade.batch)
        self.guard = Guard(self.config.guard, usual, IncidentLog(folder / "incidents.jsonl"), self._sample)
        self.judge_by(validation)

    def judge_by(self, validation: SpokenWords) -> None:
        """Whatever is to be chosen is judged by this speech from here on."""
        parts = self.networks.parts
        self.judge = Judge(parts.vocabulary, parts.kenlm, parts.clip, validation)

    def place(self, stage: str, number: int) -> Place:
        """Of a start or a round; the losses of a round have no weights."""
        folder = self.folder / "checkpoints" / stage / f"start-{number}"
        return Place(stage, number, folder, weighs=_counted(stage) == "start")

    def seed(self, start: int, order: int = 0) -> int:
        """Of a start; of another order of its utterances after a restart."""
        return (self.config.seed + _ORDERS * order) * 1000 + start

    def is_done(self, place: Place, loop: LoopConfig) -> bool:
        """Whether the checkpoint after the last update is there."""
        return (place.folder / f"step-{loop.updates}").is_dir()

    def train(self, place: Place, loop: LoopConfig, build: Callable[[Change], Task], chance: int) -> None:
        """Train to the last update, restarted where it collapses.

        Args:
            place: of the start or round.
            loop: its length.
            build: makes the task as it is at the beginning, with a change.
            chance: number that the seed is of.

        Raises:
            InputError: a loss is not finite, and restarts have not helped.
        """

        def run(task: Task) -> None:
            log = MetricsLog(self.folder / "metrics.jsonl", place.stage, place.start)
            with progress(_name(place.stage, place.start), loop.updates) as report:
                run_loop(task, loop, place.folder, log, self.seed(chance), report)

        self.guard.train(place, build, run)

    def record(self, stage: str, number: int, step: int, checkpoint: Path) -> None:
        """Judge the generator of a checkpoint without labels and write it down, once."""
        if self.selection.knows(stage, number, step):
            return
        fitness = self.judge.fitness(self.networks.decoder(checkpoint).greedy(self.judge.spoken))
        self.selection.add(stage, number, step, fitness, self.guard.incidents.has_given_up(stage, number))
        figures = fitness.perplexity, fitness.retrieval_r1
        LOGGER.info("%s: perplexity %.1f, retrieval %.1f %%", _name(stage, number), *figures)

    def choose(self, stage: str, numbers: Sequence[int]) -> Path:
        """Mark the best of some starts or rounds of a stage; returns its checkpoint."""
        best = self.selection.choose(stage, numbers)
        if best.collapsed:
            LOGGER.warning(
                "%s: all of them have collapsed; %s %d is taken", stage, _counted(stage), best.start
            )
        return self.place(stage, best.start).folder / f"step-{best.step}"

    def _sample(self, modules: Mapping[str, nn.Module]) -> list[str]:
        """The first few texts that a generator writes of the validation speech."""
        generator, words = modules["generator"], self.networks.parts.vocabulary.words
        assert isinstance(generator, WordGenerator)
        written = self.networks.decoder_of(generator).greedy(self.judge.spoken)[:_SAMPLE]
        return [" ".join(words[entry] for entry in row) for row in written]


def _counted(stage: str) -> str:
    """What the numbers of a stage count."""
    return "round" if stage in (SELF_TRAINING, CONFIDENCE) else "start"


def _name(stage: str, number: int) -> str:
    """As progress and log show it."""
    return f"{stage}, {_counted(stage)} {number}"
