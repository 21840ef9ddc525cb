"""Each restart changes one thing more, and a task under watch learns as it does alone."""

from dataclasses import replace

import pytest
import torch

from tests.unsup_asr.training.tiny_task import TinyTask
from unsup_asr.training.cascade import LossWeights
from unsup_asr.training.collapse import FEW_WORDS, NOT_FINITE, Collapse, CollapseWatch
from unsup_asr.training.guarded import Change, Guarded
from unsup_asr.training.health import Health

WEIGHTS = LossWeights(semantic=1.0, bigram=3.0, unigram=0.5, ngram=0.4, divergence=0.2, length=0.1)
CAPTIONS = Health(*map(torch.tensor, (0.12, 58.0, 0.0, 2.65)))


def sequence(what: str, weighs: bool = True) -> list[Change]:
    changes = [Change()]
    for restart in range(4):
        changes.append(changes[-1].after(what, restart, weighs))
    return changes[1:]


def test_first_the_language_model_then_the_rate_then_the_order_is_changed():
    assert sequence(FEW_WORDS) == [
        Change(0.5),
        Change(0.5, 0.5),
        Change(0.5, 0.5, 1),
        Change(0.25, 0.5, 1),
    ]


@pytest.mark.parametrize(("what", "weighs"), [(NOT_FINITE, True), (FEW_WORDS, False)])
def test_where_weights_are_not_to_blame_the_rate_is_first(what, weighs):
    assert sequence(what, weighs) == [
        Change(1.0, 0.5),
        Change(1.0, 0.5, 1),
        Change(1.0, 0.25, 1),
        Change(1.0, 0.25, 2),
    ]


def test_no_change_is_none():
    assert Change().weights(WEIGHTS) is WEIGHTS
    assert str(Change()) == "nothing"


def test_n_gram_terms_are_halved_and_their_guards_doubled():
    changed = Change(0.5).weights(WEIGHTS)
    expected = replace(WEIGHTS, bigram=1.5, ngram=0.2, divergence=0.1, unigram=2.0, length=0.2)
    assert changed == expected
    assert Change(0.5).weights(replace(WEIGHTS, unigram=2.0)).unigram == 4.0


def test_a_change_says_what_it_is():
    said = "n-gram terms x 0.5, their guards x 2; learning rates x 0.25; order 1 of the utterances"
    assert str(Change(0.5, 0.25, 1)) == said


class Watched(TinyTask):
    """Logs figures of health; `top` is the share of its most used word."""

    def __init__(self, top: float = 0.1) -> None:
        super().__init__()
        self.top = top

    def update(self, step: int) -> dict[str, torch.Tensor]:
        figures = (self.top, 50.0, 0.0)
        names = ("top_word", "words_in_use", "null")
        return super().update(step) | {k: torch.tensor(v) for k, v in zip(names, figures, strict=True)}


def test_a_watched_task_learns_as_it_does_alone():
    alone, watched = Watched(), Watched()
    guarded = Guarded(watched, CollapseWatch(CAPTIONS), 1.0, watching=True)
    for task in (alone, guarded):
        torch.manual_seed(5)
        for step in range(4):
            task.update(step)
    ours, theirs = watched.critic.state_dict(), alone.critic.state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    assert guarded.modules.keys() == {"net", "critic", "watch"}


def test_the_rate_and_the_number_are_those_of_the_attempt():
    """Whatever a checkpoint has brought."""
    task = Watched()
    guarded = Guarded(task, CollapseWatch(CAPTIONS, attempt=2), 0.25, watching=True)
    guarded.watch.attempt.fill_(0)
    task.optimisers["critic"].param_groups[0]["lr"] = 9.0
    guarded.update(0)
    assert task.optimisers["critic"].param_groups[0]["lr"] == pytest.approx(0.025)
    assert int(guarded.watch.attempt) == 2


@pytest.mark.parametrize("watching", [True, False])
def test_a_collapse_is_said_while_it_is_watched(watching):
    guarded = Guarded(Watched(top=0.9), CollapseWatch(CAPTIONS), 1.0, watching)
    if not watching:
        for step in range(30):
            guarded.update(step)
        return
    with pytest.raises(Collapse, match="one word everywhere, at update 20"):
        for step in range(30):
            guarded.update(step)
