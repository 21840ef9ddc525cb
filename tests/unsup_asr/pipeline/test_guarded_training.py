"""After a collapse training goes on from the last healthy checkpoint; killed at any moment it ends the same."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.unsup_asr.training.tiny_task import Interruption, TinyTask
from unsup_asr.errors import InputError
from unsup_asr.files import read_jsonl
from unsup_asr.pipeline import guarded_training
from unsup_asr.pipeline.guarded_training import Guard, GuardConfig, Place
from unsup_asr.training import incidents as incidents_module
from unsup_asr.training.checkpoint import checkpoints
from unsup_asr.training.collapse import NOT_FINITE, ONE_WORD
from unsup_asr.training.guarded import Change
from unsup_asr.training.health import Health
from unsup_asr.training.incidents import IncidentLog, read_incidents
from unsup_asr.training.loop import LoopConfig, run_loop
from unsup_asr.training.metrics import MetricsLog

LOOP = LoopConfig(updates=60, checkpoint_every=20, log_every=7)
CAPTIONS = Health(*map(torch.tensor, (0.12, 58.0, 0.0, 2.65)))
Ill = Callable[[Change, int], bool]


class Moody(TinyTask):
    """Writes one word everywhere, or loses its senses, at the updates that `ill` says."""

    def __init__(self, change: Change, ill: Ill, figure: str, kill_at: int | None) -> None:
        super().__init__()
        self.change, self.ill, self.figure, self.kill_at = change, ill, figure, kill_at

    def update(self, step: int) -> dict[str, Tensor]:
        if step == self.kill_at:
            raise Interruption
        logged = super().update(step)
        ill = self.ill(self.change, step)
        figures = {"top_word": 0.1, "words_in_use": 50.0, "null": 0.0, "wild": 1.0}
        sick = {self.figure: math.nan if self.figure == "wild" else 0.9} if ill else {}
        return logged | {name: torch.tensor(value) for name, value in {**figures, **sick}.items()}


def train(
    folder: Path, ill: Ill, figure: str = "top_word", restarts: int = 3, kill_at: int | None = None
) -> list[Change]:
    """Train, or go on; returns the changes of the attempts."""
    guard = Guard(
        GuardConfig(restarts),
        CAPTIONS,
        IncidentLog(folder / "incidents.jsonl"),
        lambda modules: [f"{len(modules)} modules"],
    )
    attempts: list[Change] = []

    def build(change: Change) -> Moody:
        attempts.append(change)
        return Moody(change, ill, figure, kill_at)

    place = Place("tiny", 0, folder / "checkpoints")
    log = MetricsLog(folder / "metrics.jsonl", "tiny")
    guard.train(place, build, lambda task: run_loop(task, LOOP, place.folder, log, seed=7))
    return attempts


def outcome(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("[!.]*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def until_gentler(change: Change, step: int) -> bool:
    return change.language_model == 1 and step >= 25


def until_other_order(change: Change, step: int) -> bool:
    return change.order == 0 and step >= 25


def always(change: Change, step: int) -> bool:
    return step >= 25


def test_what_is_healthy_is_trained_once(tmp_path):
    assert train(tmp_path, lambda change, step: step % 21 > 1) == [Change()]
    assert not (tmp_path / "incidents.jsonl").exists()


def test_it_goes_on_from_the_last_healthy_checkpoint(tmp_path):
    """Ill from update 26 on it is seen at 45, when the checkpoint of 40 is ill, and 20 is there."""
    assert train(tmp_path, until_gentler) == [Change(), Change(0.5)]
    (incident,) = read_incidents(tmp_path / "incidents.jsonl")
    assert (incident.what, incident.step, incident.restarted_from) == (ONE_WORD, 45, 20)
    assert incident.figures["top_word"] == pytest.approx(0.9)
    assert list(incident.written) == ["2 modules"] and not incident.given_up
    assert [row["step"] for row in read_jsonl(tmp_path / "metrics.jsonl")] == [*range(7, 60, 7), 60]


def test_where_no_checkpoint_is_healthy_the_stage_begins_again(tmp_path):
    train(tmp_path, lambda change, step: change.language_model == 1 and step >= 15)
    (incident,) = read_incidents(tmp_path / "incidents.jsonl")
    assert (incident.step, incident.restarted_from) == (35, 0)


def test_no_more_is_changed_than_must_be(tmp_path):
    assert train(tmp_path, until_other_order) == [
        Change(),
        Change(0.5),
        Change(0.5, 0.5),
        Change(0.5, 0.5, 1),
    ]
    assert [incident.given_up for incident in read_incidents(tmp_path / "incidents.jsonl")] == [False] * 3


@pytest.mark.parametrize("restarts", [0, 1, 3])
def test_what_no_restart_helps_is_given_up_and_goes_on(tmp_path, restarts):
    attempts = train(tmp_path, always, restarts=restarts)
    incidents = read_incidents(tmp_path / "incidents.jsonl")
    assert len(attempts) == len(incidents) + 1 == restarts + 2
    assert [incident.given_up for incident in incidents] == [False] * restarts + [True]
    assert attempts[-1] == attempts[-2]
    assert checkpoints(tmp_path / "checkpoints")[-1].name == "step-60"


def test_what_is_not_finite_to_the_end_is_the_users_to_mend(tmp_path):
    with pytest.raises(InputError, match=r"'wild' is nan at update 26 .*NaN in the features"):
        train(tmp_path, always, "wild")
    incidents = read_incidents(tmp_path / "incidents.jsonl")
    assert [incident.what for incident in incidents] == [NOT_FINITE] * 4
    assert [incident.change.learning_rate for incident in incidents] == [0.5, 0.5, 0.25, 0.25]
    assert all(incident.written == [] for incident in incidents)


def test_a_loss_that_is_not_finite_once_is_overcome_from_where_it_was_sound(tmp_path):
    train(tmp_path, lambda change, step: change.learning_rate == 1 and step == 33, "wild")
    (incident,) = read_incidents(tmp_path / "incidents.jsonl")
    assert (incident.step, incident.restarted_from, incident.change) == (34, 20, Change(1.0, 0.5))


def test_a_checkpoint_that_a_restart_has_collapsed_from_is_not_taken_again(tmp_path):
    """Two losses that are not finite at one place: the second restart goes further back."""
    train(tmp_path, lambda change, step: change.order == 0 and step == 43, "wild")
    incidents = read_incidents(tmp_path / "incidents.jsonl")
    assert [incident.restarted_from for incident in incidents] == [40, 20]


def test_what_is_done_is_not_done_again(tmp_path):
    train(tmp_path, until_other_order)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "checkpoints").rglob("*")}
    train(tmp_path, until_other_order)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "checkpoints").rglob("*")} == before


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    train(folder, until_other_order)
    return outcome(folder)


@pytest.mark.parametrize("step", [0, 12, 33, 44])
def test_interrupted_at_an_update_of_every_attempt_it_ends_the_same(tmp_path, uninterrupted, step):
    for _ in range(3):
        with pytest.raises(Interruption):
            train(tmp_path, until_other_order, kill_at=step)
    train(tmp_path, until_other_order)
    assert outcome(tmp_path) == uninterrupted


@pytest.mark.parametrize("call", range(5))
@pytest.mark.parametrize("after", [False, True])
def test_interrupted_about_an_incident_it_ends_the_same(tmp_path, uninterrupted, monkeypatch, call, after):
    """Before and after an incident is written, and each time a checkpoint is dropped after one."""
    calls = 0

    def cut(real: Callable[..., object]) -> Callable[..., object]:
        def interrupted(*arguments: object) -> object:
            nonlocal calls
            calls += 1
            if calls == call + 1 and not after:
                raise Interruption
            result = real(*arguments)
            if calls == call + 1:
                raise Interruption
            return result

        return interrupted

    with monkeypatch.context() as patch, pytest.raises(Interruption):
        patch.setattr(incidents_module, "write_jsonl", cut(incidents_module.write_jsonl))
        patch.setattr(guarded_training, "drop_checkpoint", cut(guarded_training.drop_checkpoint))
        train(tmp_path, until_other_order)
    train(tmp_path, until_other_order)
    assert outcome(tmp_path) == uninterrupted
