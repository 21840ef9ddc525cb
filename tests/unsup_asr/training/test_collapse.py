"""Each collapse is named after some updates, what passes is not, and a checkpoint holds what was seen."""

import pytest
import torch

from unsup_asr.training.collapse import (
    FEW_WORDS,
    NOT_FINITE,
    NOTHING,
    ONE_WORD,
    RUNAWAY,
    SAME_PHRASE,
    Collapse,
    CollapseWatch,
)
from unsup_asr.training.health import Health

CAPTIONS = (0.12, 58.0, 0.0, 2.65)
WELL = {"top_word": 0.16, "words_in_use": 45.0, "null": 0.05, "log_perplexity": 3.5, "semantic": 3.0}
ILL = {
    ONE_WORD: {"top_word": 0.7, "words_in_use": 4.0},
    FEW_WORDS: {"words_in_use": 20.0, "top_word": 0.3},
    NOTHING: {"null": 0.95, "top_word": 0.95, "words_in_use": 1.2},
    SAME_PHRASE: {"log_perplexity": 0.9},
    RUNAWAY: {"semantic": 40.0},
}


def watch() -> CollapseWatch:
    return CollapseWatch(Health(*map(torch.tensor, CAPTIONS)))


def see(watch: CollapseWatch, updates: int, begin: int = 0, **figures: float) -> None:
    logged = {name: torch.tensor(value) for name, value in {**WELL, **figures}.items()}
    for step in range(begin, begin + updates):
        watch.see(logged, step)


@pytest.mark.parametrize("name", ILL)
def test_a_collapse_is_named_after_twenty_updates(name):
    seen = watch()
    see(seen, 5)
    with pytest.raises(Collapse, match=f"{name}, at update 25") as caught:
        see(seen, 100, 5, **ILL[name])
    assert (caught.value.what, caught.value.step) == (name, 24)
    assert caught.value.figures == pytest.approx({**WELL, **ILL[name]})


@pytest.mark.parametrize("name", ILL)
def test_what_passes_is_no_collapse(name):
    seen = watch()
    see(seen, 1)
    for _ in range(5):
        see(seen, 19, **ILL[name])
        assert not seen.is_healthy
        see(seen, 1)
        assert seen.is_healthy


def test_very_few_words_are_few_however_equal_their_shares():
    with pytest.raises(Collapse, match=FEW_WORDS):
        see(watch(), 20, words_in_use=14.0, top_word=0.1)


def test_pictures_alone_may_leave_half_of_the_words_out():
    seen = watch()
    see(seen, 100, words_in_use=16.0, top_word=0.2)
    assert seen.is_healthy


def test_captions_themselves_are_healthy():
    seen = watch()
    figures = dict(zip(("top_word", "words_in_use", "null", "log_perplexity"), CAPTIONS, strict=True))
    see(seen, 100, **figures)
    assert seen.is_healthy


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_not_finite_is_named_at_once(value):
    with pytest.raises(Collapse, match=f"{NOT_FINITE}, at update 1"):
        see(watch(), 1, semantic=value)


def test_words_without_texts_can_collapse_too():
    seen = watch()
    logged = {"top_word": 0.9, "words_in_use": 1.5, "null": 0.0, "imitation": 1.0}
    with pytest.raises(Collapse, match=ONE_WORD):
        for step in range(20):
            seen.see({name: torch.tensor(value) for name, value in logged.items()}, step)


def test_a_checkpoint_holds_what_was_seen():
    first, second = watch(), CollapseWatch(Health(*map(torch.tensor, CAPTIONS)), attempt=2)
    see(first, 1)
    see(first, 12, **ILL[FEW_WORDS])
    second.load_state_dict(first.state_dict())
    assert int(second.attempt) == 0 and not second.is_healthy
    with pytest.raises(Collapse, match=FEW_WORDS) as caught:
        see(second, 8, 13, **ILL[FEW_WORDS])
    assert caught.value.step == 20
