"""Hindi and Japanese into English, at their tiniest: from the drawn scene to what is written and scored."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from unsup_asr.cli.configuration import compose
from unsup_asr.cli.main import main
from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.data.manifest import read_manifest
from unsup_asr.errors import UsageError
from unsup_asr.evaluation.results import Results, read_results
from unsup_asr.pipeline.clip import miniature_key
from unsup_asr.pipeline.config import RunConfig

LANGUAGES = {"mini_hi": "hi", "mini_ja": "ja"}


def lasting(updates: int, *loops: str) -> list[str]:
    """So many updates for each of some loops, as `key=value` words."""
    return [f"{loop}.{key}={updates}" for loop in loops for key in ("updates", "checkpoint_every")]


SHORT = ["starts=1", "self_training.rounds=1", *lasting(2, "stages.0.loop")]


@pytest.mark.parametrize("recipe", LANGUAGES)
def test_they_differ_from_english_in_what_is_spoken_alone(recipe: str) -> None:
    config, english = compose(recipe), compose("mini_en")
    assert isinstance(config, RunConfig) and isinstance(english, RunConfig)
    assert config.data == MiniConfig(language=LANGUAGES[recipe])
    assert (config.language, config.task) == (LANGUAGES[recipe], "translation")
    assert config.generator.use_null and not english.generator.use_null
    # What knows the order of English comes in with the reordering beam alone; words come from pictures.
    assert all(stage.weights.visual_bag for stage in config.stages)
    assert all(not (stage.weights.bigram or stage.weights.adversarial) for stage in config.stages)
    assert config.translation.reorder and config.exchanges.most == 0
    assert config.self_training == english.self_training
    assert miniature_key(config) == miniature_key(english)


def test_all_languages_together_learn_as_one_does() -> None:
    """Three times as much speech is heard as often; nothing else differs."""
    together, alone = compose("mini_multi"), compose("mini_hi")
    assert isinstance(together, RunConfig) and isinstance(alone, RunConfig)
    assert together.languages == [together.data.language, *together.data.others] == ["en", "hi", "ja"]
    assert miniature_key(together) == miniature_key(alone)
    long = [
        stage.loop.updates / own.loop.updates
        for stage, own in zip(together.stages, alone.stages, strict=True)
    ]
    assert [*long, together.self_training.loop.updates / alone.self_training.loop.updates] == [3, 3]
    named = {"recipe": "", "language": "", "languages": [], "data": None}
    lengths = {"stages": alone.stages, "self_training": alone.self_training}
    assert [stage.weights for stage in together.stages] == [stage.weights for stage in alone.stages]
    assert replace(together, **named, **lengths) == replace(alone, **named, **lengths)


def test_a_tiny_run_of_all_languages_is_scored_by_language(
    cache: Path, tiny_mini: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    words = [*tiny_mini, *SHORT, *lasting(2, "self_training.loop")]
    assert main(["run", "mini_multi", *words, f"run_dir={tmp_path / 'run'}"]) == 0
    results = read_results(tmp_path / "run" / "results.json")
    assert results.by_language is not None and results.n_test == 48
    assert [(each.language, each.n_test) for each in results.by_language] == [
        ("en", 16),
        ("hi", 16),
        ("ja", 16),
    ]
    assert all(each.bleu is not None and each.chance_bleu is not None for each in results.by_language)
    page = (tmp_path / "run" / "report.html").read_text()
    assert "By language" in page and '<td lang="ja">' in page


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tiny corpora and their CLIP are made once."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize(("recipe", "segmenter"), [("mini_hi", "gold"), ("mini_ja", "energy")])
def test_a_tiny_run_is_decoded_into_english_and_scored(
    recipe: str,
    segmenter: str,
    cache: Path,
    tiny_mini: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    short = [*SHORT, "re_estimation.rounds=1", *lasting(2, "re_estimation.adaptation")]
    short += ["re_estimation.frame_training.loop.updates=2"]
    words = [*tiny_mini, *short, f"segmenter={segmenter}", f"run_dir={tmp_path / 'run'}"]
    assert main(["run", recipe, *words]) == 0
    row = json.loads((tmp_path / "run" / "results.json").read_text())
    assert set(row) == {field.name for field in fields(Results)}
    assert (row["recipe"], row["language"], row["task"]) == (recipe, LANGUAGES[recipe], "translation")
    assert (row["segmentation"], row["reference_kind"], row["n_test"]) == (segmenter, "gold", 16)
    assert all(row[name] is not None for name in ("wer", "bleu", "chance_wer", "chance_bleu"))
    record = json.loads((tmp_path / "run" / "corpus.json").read_text())
    references = [utterance.translations for utterance in read_manifest(record["test"])]
    assert all(len(texts) >= 4 for texts in references)
    assert not any(utterance.translations for utterance in read_manifest(record["train"]))


def test_given_the_english_of_every_word_the_network_translates(
    cache: Path, tiny_mini: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 48 utterances; pictures have taught less."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    words = [*tiny_mini, *SHORT, *lasting(300, "self_training.loop")]
    words += ["generator.narrow=64", "generator.wide=64", "cascade.batch=32", "self_training.batch=32"]
    run = tmp_path / "run"
    assert main(["run", "mini_hi", *words, f"run_dir={run}"]) == 0
    before = json.loads((run / "results.json").read_text())
    assert before["topline_bleu"] is None
    assert main(["evaluate", str(run), "--topline"]) == 0
    after = json.loads((run / "results.json").read_text())
    assert after["topline_bleu"] > before["bleu"] + 5
    assert {**after, "topline_bleu": None, "topline_wer": None} == before


def test_a_stage_cannot_be_reordered_in_a_run_that_keeps_the_order_of_speech() -> None:
    with pytest.raises(UsageError, match=r"a stage is reordered.*translation\.reorder=true"):
        compose("mini_en", ["stages.1.reordered=true"])
