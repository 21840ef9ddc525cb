"""Stages follow each other start by start, the best by the label-free score is chosen, nothing is done twice."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.unsup_asr.pipeline.planted_parts import planted_parts
from tests.unsup_asr.planted import CAPTIONS, SLOTS, rows, sounds, spoken_words
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.files import read_jsonl
from unsup_asr.models.generator import GeneratorConfig
from unsup_asr.pipeline.budget import Budget
from unsup_asr.pipeline.config import RunConfig, StageConfig
from unsup_asr.pipeline.guarded_training import Guard, GuardConfig, Place
from unsup_asr.pipeline.learning import Learner
from unsup_asr.pipeline.parts import Parts
from unsup_asr.training.cascade import CascadeConfig, LossWeights
from unsup_asr.training.checkpoint import checkpoints, load_modules
from unsup_asr.training.collapse import FEW_WORDS, ONE_WORD, Collapse, CollapseWatch
from unsup_asr.training.guarded import Change
from unsup_asr.training.incidents import read_incidents
from unsup_asr.training.loop import LoopConfig
from unsup_asr.training.selection import Judge
from unsup_asr.training.self_training import SelfTrainingConfig

LOOP = LoopConfig(4, 2, 1)
CONFIG = RunConfig(
    slots=SLOTS,
    starts=2,
    generator=GeneratorConfig(narrow=8, wide=8),
    cascade=CascadeConfig(batch=4),
    stages=[
        StageConfig("semantic", LossWeights(semantic=1.0), LOOP),
        StageConfig("language_model", LossWeights(semantic=1.0, bigram=0.3, unigram=2.0), LOOP),
    ],
    self_training=SelfTrainingConfig(rounds=2, loop=LOOP, batch=4),
)


@pytest.fixture(scope="module")
def parts(tokenizer, tiny_clip, tmp_path_factory) -> Parts:
    return planted_parts(CONFIG, CAPTIONS, tokenizer, tiny_clip, tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="module")
def spoken(parts) -> SpokenWords:
    images = parts.clip.encode_captions([parts.clip.tokenizer.encode(" ".join(c)) for c in CAPTIONS])
    return spoken_words(rows(parts.vocabulary, CAPTIONS), sounds(len(parts.vocabulary)), images)


def learn(parts: Parts, spoken: SpokenWords, folder: Path, config: RunConfig = CONFIG) -> dict[str, Path]:
    learned = Learner(config, folder, parts, spoken, spoken).learn(Budget(folder / "budget.json"))
    return {stage: path.relative_to(folder) for stage, path in learned.items()}


@pytest.fixture(scope="module")
def finished(parts, spoken, tmp_path_factory) -> tuple[Path, dict[str, Path]]:
    folder = tmp_path_factory.mktemp("run")
    return folder, learn(parts, spoken, folder)


def weights(parts: Parts, spoken: SpokenWords, checkpoint: Path) -> dict[str, Tensor]:
    generator = Learner(CONFIG, checkpoint, parts, spoken, spoken).new_generator()
    load_modules(checkpoint, {"generator": generator})
    return generator.state_dict()


def test_the_best_start_of_every_stage_is_chosen(finished):
    folder, learned = finished
    candidates = read_jsonl(folder / "selection.jsonl")
    assert list(learned) == ["semantic", "language_model", "self_training"]
    for stage in ("semantic", "language_model"):
        mine = [row for row in candidates if row["stage"] == stage]
        assert [row["start"] for row in mine] == [0, 1]
        (chosen,) = (row for row in mine if row["chosen"])
        assert chosen["score"] == max(row["score"] for row in mine)
        assert learned[stage] == Path("checkpoints") / stage / f"start-{chosen['start']}" / "step-4"
    assert learned["self_training"] == Path("checkpoints/self_training/start-2/step-8")


def test_the_last_generator_begins_afresh(parts, spoken, tmp_path):
    """Nothing is learned at a rate of 0: the rounds keep the stage's weights, the last generator has its own."""
    still = replace(CONFIG.self_training, learning_rate=0.0)
    learned = learn(parts, spoken, tmp_path, replace(CONFIG, self_training=still))
    last_round = Path("checkpoints/self_training/start-1/step-4")
    folders = (learned["language_model"], last_round, learned["self_training"])
    stage, rounds, last = (
        weights(parts, spoken, tmp_path / name)["convolutions.0.weight"] for name in folders
    )
    assert torch.equal(stage, rounds)
    assert not torch.equal(rounds, last)


def test_figures_are_the_judges_of_the_greedy_text(finished, parts, spoken):
    folder, learned = finished
    learner = Learner(CONFIG, folder, parts, spoken, spoken)
    for stage, checkpoint in learned.items():
        greedy = learner.decoder(folder / checkpoint).greedy(spoken)
        fitness = Judge(parts.vocabulary, parts.kenlm, parts.clip, spoken).fitness(greedy)
        (row,) = (r for r in read_jsonl(folder / "selection.jsonl") if r["stage"] == stage and r["chosen"])
        assert row["perplexity"] == pytest.approx(fitness.perplexity)
        assert row["retrieval_r1"] == pytest.approx(fitness.retrieval_r1)


def test_what_is_done_is_not_done_again(finished, parts, spoken):
    folder, learned = finished
    before = {path: path.stat().st_mtime_ns for path in (folder / "checkpoints").rglob("*") if path.is_file()}
    selection = (folder / "selection.jsonl").read_text()
    assert learn(parts, spoken, folder) == learned
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert (folder / "selection.jsonl").read_text() == selection


def test_the_same_seed_learns_the_same_and_starts_differ(finished, parts, spoken, tmp_path):
    folder, learned = finished
    assert learn(parts, spoken, tmp_path) == learned
    last = learned["self_training"]
    one, other = (weights(parts, spoken, f / last) for f in (folder, tmp_path))
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    starts = [
        weights(parts, spoken, folder / f"checkpoints/semantic/start-{k}/step-4")["project.weight"]
        for k in range(2)
    ]
    assert not torch.equal(*starts)


def test_a_stage_goes_on_where_the_same_start_left_the_one_before(parts, spoken, tmp_path):
    """At a learning rate of nought, all weights come from where a stage began."""
    still = replace(CONFIG, cascade=CascadeConfig(batch=4, learning_rate=0.0))
    learn(parts, spoken, tmp_path, replace(still, self_training=SelfTrainingConfig(rounds=0)))
    for start in range(2):
        first, second = (
            weights(parts, spoken, checkpoints(tmp_path / f"checkpoints/{stage}/start-{start}")[-1])
            for stage in ("semantic", "language_model")
        )
        assert torch.equal(first["project.weight"], second["project.weight"])
        assert not torch.equal(first["norm.running_mean"], second["norm.running_mean"])


def test_an_interrupted_run_ends_where_the_uninterrupted_one_does(
    finished, parts, spoken, tmp_path, monkeypatch
):
    folder, learned = finished
    judged = []

    def interrupt(judge: Judge, entries: list[list[int]]) -> None:
        judged.append(entries)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Judge, "fitness", interrupt)
        learn(parts, spoken, tmp_path)
    assert len(judged) == 1
    assert learn(parts, spoken, tmp_path) == learned
    assert (tmp_path / "selection.jsonl").read_text() == (folder / "selection.jsonl").read_text()


def test_the_exponent_of_confidence_is_chosen_by_a_first_round_with_each(finished, parts, spoken, tmp_path):
    """Of one there is no choice; a round of the choice is the one that would have been without it."""
    folder, _ = finished
    assert not (folder / "checkpoints/confidence").exists()
    several = replace(CONFIG.self_training, confidence=[0.0, 8.0])
    config = replace(CONFIG, self_training=several)
    learned = learn(parts, spoken, tmp_path, config)
    rows = [row for row in read_jsonl(tmp_path / "selection.jsonl") if row["stage"] == "confidence"]
    assert [row["start"] for row in rows] == [0, 1]
    (chosen,) = (row for row in rows if row["chosen"])
    assert chosen["score"] == max(row["score"] for row in rows)
    tried = [
        weights(parts, spoken, tmp_path / f"checkpoints/confidence/start-{k}/step-4")["project.weight"]
        for k in range(2)
    ]
    unweighted, first = (
        weights(parts, spoken, place / "checkpoints/self_training/start-0/step-4")["project.weight"]
        for place in (folder, tmp_path)
    )
    assert torch.equal(tried[0], unweighted)
    assert torch.equal(tried[chosen["start"]], first)
    assert not torch.equal(*tried)
    selection = (tmp_path / "selection.jsonl").read_bytes()
    assert learn(parts, spoken, tmp_path, config) == learned
    assert (tmp_path / "selection.jsonl").read_bytes() == selection


def test_a_start_that_has_collapsed_is_marked_and_not_gone_on_with(parts, spoken, tmp_path, monkeypatch):
    """Start 1 writes one word everywhere, whatever is changed."""
    train, see = Guard.train, CollapseWatch.see
    begun: list[Place] = []

    def begin(guard: Guard, place: Place, *arguments: Any) -> None:
        begun.append(place)
        train(guard, place, *arguments)

    def see_one_word(watch: CollapseWatch, logged: Mapping[str, Tensor], step: int) -> None:
        see(watch, logged, step)
        if begun[-1].start == 1:
            raise Collapse(ONE_WORD, step, {"top_word": 0.9})

    monkeypatch.setattr(Guard, "train", begin)
    monkeypatch.setattr(CollapseWatch, "see", see_one_word)
    learn(parts, spoken, tmp_path, replace(CONFIG, self_training=SelfTrainingConfig(rounds=0)))
    rows = read_jsonl(tmp_path / "selection.jsonl")
    assert [(row["stage"], row["start"], row["collapsed"]) for row in rows] == [
        ("semantic", 0, False),
        ("semantic", 1, True),
        ("language_model", 0, False),
    ]
    incidents = read_incidents(tmp_path / "incidents.jsonl")
    assert [incident.given_up for incident in incidents] == [False] * 3 + [True]
    assert all(len(incident.written) == 3 for incident in incidents)


def test_weights_that_collapse_are_seen_and_changed_until_words_are_back(parts, spoken, tmp_path):
    """The bigram term without its guard writes few words; restarted with the guard, it writes them all."""
    alone = LossWeights(semantic=0.0, bigram=3.0)
    config = replace(
        CONFIG,
        starts=1,
        cascade=CascadeConfig(batch=4, learning_rate=0.01),
        stages=[StageConfig("language_model", alone, LoopConfig(60, 10, 10))],
        self_training=SelfTrainingConfig(rounds=0),
    )
    learn(parts, spoken, tmp_path / "guarded", config)
    (incident,) = read_incidents(tmp_path / "guarded/incidents.jsonl")
    assert (incident.what, incident.change, incident.given_up) == (FEW_WORDS, Change(0.5), False)
    learn(parts, spoken, tmp_path / "watched", replace(config, guard=GuardConfig(restarts=0)))
    (noted,) = read_incidents(tmp_path / "watched/incidents.jsonl")
    assert (noted.what, noted.step, noted.given_up) == (FEW_WORDS, incident.step, True)
    last = [read_jsonl(tmp_path / name / "metrics.jsonl")[-1] for name in ("guarded", "watched")]
    assert last[0]["words_in_use"] > 1.5 * last[1]["words_in_use"]
    (row,) = read_jsonl(tmp_path / "watched/selection.jsonl")
    assert row["chosen"] and row["collapsed"]


def test_what_a_stage_needs_is_said_before_it_begins(parts, spoken, tmp_path, caplog):
    with caplog.at_level("INFO"):
        learn(parts, spoken, tmp_path)
        once = [record.message for record in caplog.records if " needs " in record.message]
        learn(parts, spoken, tmp_path)
        twice = [record.message for record in caplog.records if " needs " in record.message]
    assert [said.split()[0] for said in once] == ["semantic", "language_model"] and twice == once
    assert "of memory (weights" in once[0] and "batch" in once[0]
