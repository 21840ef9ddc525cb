"""Training under watch: after a collapse it goes on from the last healthy checkpoint, with a logged change.

What is in force is a function of `incidents.jsonl` and the checkpoints alone, so that a run that is killed at any
moment comes to the same end: an incident is written first, and a checkpoint says after how many of them it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from unsup_asr import parallel
from unsup_asr.progress import LOGGER
from unsup_asr.training.checkpoint import checkpoints, drop_checkpoint, load_modules
from unsup_asr.training.collapse import NOT_FINITE, Collapse, CollapseWatch
from unsup_asr.training.guarded import Change, Guarded
from unsup_asr.training.health import Health
from unsup_asr.training.incidents import Incident, IncidentLog
from unsup_asr.training.loop import Task


@dataclass
class GuardConfig:
    """What is done about a collapse.

    Attributes:
        restarts: of a start in a stage, at most; after them, or with 0, a collapse is written down and training
            goes on unwatched, and the start is chosen only if there is no other.
    """

    restarts: int = 3


@dataclass(frozen=True)
class Place:
    """A start of a stage.

    Attributes:
        stage, start: name and number.
        folder: of its checkpoints.
        weighs: whether its losses have weights that a restart may change.
    """

    stage: str
    start: int
    folder: Path
    weighs: bool = True

    def __str__(self) -> str:
        return f"{self.stage}, {self.start}"


@dataclass(frozen=True)
class Guard:
    """Trains under watch.

    Attributes:
        config: how often training is restarted.
        usual: the figures of captions.
        incidents: what has happened.
        written: some texts that modules, keyed as the task's are, write.
    """

    config: GuardConfig
    usual: Health
    incidents: IncidentLog
    written: Callable[[Mapping[str, nn.Module]], Sequence[str]]

    def train(self, place: Place, build: Callable[[Change], Task], run: Callable[[Task], None]) -> None:
        """Train to the end of a stage, restarted where it collapses.

        Args:
            place: the start of the stage.
            build: makes the task as it is at the beginning of the stage, with a change.
            run: runs a task in the training loop.

        Raises:
            InputError: a loss is not finite, and restarts have not helped.
        """
        while True:
            before = self.incidents.of(place.stage, place.start)
            self._forget(place.folder, before)
            change = before[-1].change if before else Change()
            watch = CollapseWatch(self.usual, len(before))
            task = build(change)
            watching = not (before and before[-1].given_up)
            try:
                run(Guarded(task, watch, change.learning_rate, watching))
                return
            except Collapse as collapse:
                self._note(place, before, change, collapse, task)

    def _note(
        self, place: Place, before: Sequence[Incident], change: Change, collapse: Collapse, task: Task
    ) -> None:
        """Write down a collapse and what is changed after it."""
        give_up = len(before) >= self.config.restarts
        incident = Incident(
            stage=place.stage,
            start=place.start,
            step=collapse.step + 1,
            what=collapse.what,
            figures=collapse.figures,
            written=[] if collapse.what == NOT_FINITE else list(self.written(task.modules)),
            restarted_from=self._last_healthy(place.folder, before),
            change=change if give_up else change.after(collapse.what, len(before), place.weighs),
            given_up=give_up,
        )
        LOGGER.warning("%s: %s", place, incident)
        self.incidents.add(incident)

    def _last_healthy(self, folder: Path, before: Sequence[Incident]) -> int:
        """Updates at the last checkpoint without a sign of collapse that no restart has collapsed from."""
        for path in reversed(checkpoints(folder)):
            watch, step = self._watch_of(path), _step(path)
            later = before[int(watch.attempt) :]
            if watch.is_healthy and step not in {incident.restarted_from for incident in later}:
                return step
        return 0

    def _forget(self, folder: Path, before: Sequence[Incident]) -> None:
        """Drop the checkpoints that the last collapse has left behind the one that it is restarted from."""
        if before and parallel.is_first():
            for path in checkpoints(folder):
                if _step(path) > before[-1].restarted_from and self._watch_of(path).attempt < len(before):
                    drop_checkpoint(path)
        parallel.wait()

    def _watch_of(self, checkpoint: Path) -> CollapseWatch:
        watch = CollapseWatch(self.usual)
        load_modules(checkpoint, {"watch": watch})
        return watch


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("step-"))
