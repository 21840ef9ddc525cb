"""Which runs studies come to, and that those in common are the same."""

import pytest

from benchmarks.studies import ablation, model_selection, seeds
from benchmarks.studies.plan import Condition, runs_of, with_words
from unsup_asr.cli.configuration import compose


@pytest.fixture(scope="module")
def declared() -> dict:
    """The conditions of each study."""
    return {study: study.conditions() for study in (ablation, model_selection, seeds)}


def test_a_run_a_seed_and_none_twice():
    first = Condition("t", "a", "mini_en", ("starts=1",), range(2))
    again = Condition("t", "b", "mini_en", ("starts=1",), range(3))
    runs = runs_of([first, again])
    assert [run.words for run in runs] == [("starts=1", f"seed={seed}") for seed in range(3)]
    assert [run.name for run in runs] == [f"mini_en@seed={seed},starts=1" for seed in range(3)]


def test_words_that_all_have_tell_runs_apart():
    (row,) = with_words([Condition("t", "a", "mini_en", ("starts=1",), range(1))], ["data.train=48"])
    (run,) = row.runs
    assert run.words == ("starts=1", "data.train=48", "seed=0")
    assert run.corpus == ("mini_en", "data.train=48")


def test_what_has_a_corpus_and_its_segments_in_common_is_known():
    rows = [Condition("t", "a", "mini_en", words) for words in ((), ("starts=1",), ("segmenter=energy",))]
    plain, single, found = (row.runs[0].corpus for row in rows)
    assert plain == single != found


def test_every_condition_is_a_configuration(declared):
    for recipe, words in {(row.recipe, row.words) for rows in declared.values() for row in rows}:
        compose(recipe, words)


def test_the_size_of_the_studies(declared):
    """The recipe's first seeds and the fewer losses of the choice are those of the ablation."""
    losses, speech, choice = (7 + 4) * 2 * 3, 6 * 3, 10 + 4 * 3 + 2 * 2
    assert len(runs_of(declared[ablation])) == losses + speech
    assert len(runs_of(declared[model_selection])) == choice
    assert len(runs_of([*declared[ablation], *declared[model_selection]])) == losses + speech + 7 + 4
    assert len(runs_of(declared[seeds])) == 20 + 10


def test_losses_come_in_as_in_the_recipe():
    stages = compose("mini_en").stages
    words = ablation.weight_words(stages, ["language model", "adversarial"])
    learned = compose("mini_en", words).stages
    weights = [
        (s.weights.semantic, s.weights.bigram, s.weights.unigram, s.weights.adversarial) for s in learned
    ]
    assert weights == [(0.0, 0.3, 2.0, 0.0), (0.0, 0.3, 2.0, 0.0), (0.0, 0.3, 2.0, 0.3)]
    assert [stage.loop for stage in learned] == [stage.loop for stage in stages]


def test_one_loss_is_alone_in_all_stages():
    learned = compose("mini_en", ablation.weight_words(compose("mini_en").stages, ["adversarial"])).stages
    for stage in learned:
        assert {name for name, value in vars(stage.weights).items() if value} == {"adversarial"}


def test_all_losses_are_the_recipe():
    assert ablation.weight_words(compose("digits").stages, list(ablation.LOSSES)) == ()


def test_without_the_semantic_loss_pictures_take_no_part(declared):
    rows = [row for row in declared[ablation] if set(row.label.split(" + ")) <= set(ablation.LOSSES)]
    assert len(rows) == 22
    for row in rows:
        assert ("semantic" in row.label) != set(ablation.WITHOUT_PICTURES).issubset(row.words)
