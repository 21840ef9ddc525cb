from importlib.resources import files
from pathlib import Path

import pytest

from unsup_asr.cli.configuration import claim, compose, read_config, run_folder
from unsup_asr.cli.recipes import available_recipes
from unsup_asr.corpora.digits import DigitsConfig
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.errors import InputError, UsageError
from unsup_asr.pipeline.config import RunConfig

CORPORA = {"mini_en": MiniConfig, "digits": DigitsConfig, "generic": ManifestsConfig}


@pytest.mark.parametrize("recipe", CORPORA)
def test_a_recipe_is_dataclasses_all_through(recipe):
    config = compose(recipe)
    assert type(config) is RunConfig and type(config.data) is CORPORA[recipe]
    assert config.recipe == recipe
    assert all(type(stage).__name__ == "StageConfig" for stage in config.stages)


def test_what_a_recipe_does_not_say_is_the_default():
    config = compose("generic")
    assert config == RunConfig(recipe="generic", data=ManifestsConfig())
    assert compose("mini_en").data == MiniConfig()


def test_overrides_reach_every_depth():
    changes = ["seed=3", "data.train=50", "data.snr=[1,2]", "stages.1.loop.updates=7", "generator.dropout=0"]
    config = compose("mini_en", changes)
    assert (config.seed, config.data.train, config.data.snr) == (3, 50, (1.0, 2.0))
    assert (config.stages[1].loop.updates, config.generator.dropout) == (7, 0.0)
    assert config.stages[0] == compose("mini_en").stages[0]


@pytest.mark.parametrize("value", ["runs/a@seed=1,b=2/clip", "a b (c)", "it's", "ViT-B-32/openai", "~/x:9"])
def test_values_that_look_like_hydra_syntax_are_taken_as_they_stand(value):
    assert compose("generic", [f"clip={value}"]).clip == value


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("sed=1", r"no key 'sed' \(did you mean seed\?\)"),
        ("data.trian=1", r"no key 'data.trian' \(did you mean data.train\?\)"),
        ("data.zzz=1", r"no key 'data.zzz' \(there are language, train"),
        ("hydra.verbose=1", "no key 'hydra'"),
        ("seed=many", "seed: Value 'many'"),
        ("seed=0,1", "seed: Value '0,1'"),
        ("data.snr=[1,q]", r"data.snr\[1\]: Value 'q'"),
        ("segmenter=null", "segmenter: field 'segmenter' is not Optional"),
        ("data=places", r"there is no data/places \(choose from digits, manifests, mini\)"),
        ("data=null", "must be a string"),
        ("seed", r"'seed' is not key=value"),
        ("+seed=1", r"'\+seed=1' is not key=value"),
    ],
)
def test_bad_overrides_are_named(override, message):
    with pytest.raises(UsageError, match=message):
        compose("mini_en", [override])


def test_values_that_a_corpus_refuses_are_usage():
    with pytest.raises(UsageError, match=r"train is 0 \(set data.train to 1 or more\)$"):
        compose("digits", ["data.train=0"])


def test_unknown_recipes_are_named_with_those_there_are():
    with pytest.raises(UsageError, match=r"no recipe 'mini' \(choose from .*mini_en"):
        compose("mini")


def test_every_recipe_is_complete():
    for name, summary in available_recipes().items():
        assert len(summary) > 20 and "\n" not in summary
        readme = (files("recipes") / name / "README.md").read_text(encoding="utf-8")
        assert readme.startswith(f"# {name}\n") and f"unsup-asr run {name}" in readme
    assert set(available_recipes()) >= set(CORPORA)


@pytest.mark.parametrize(
    ("overrides", "folder"),
    [
        ([], "runs/mini_en"),
        (["seed=1"], "runs/mini_en@seed=1"),
        (["seed=1", "data.train=5"], "runs/mini_en@data.train=5,seed=1"),
        (["data.train=5", "seed=1"], "runs/mini_en@data.train=5,seed=1"),
        (["seed=1", "seed=2"], "runs/mini_en@seed=2"),
        (["clip=ViT-B-32/openai"], "runs/mini_en@clip=ViT-B-32-openai"),
        (["data.snr=[5,10]"], "runs/mini_en@data.snr=5,10"),
        (["run_dir=else/where", "seed=1"], "else/where"),
        (["run_dir='a b'"], "a b"),
    ],
)
def test_run_folders_are_named_after_what_differs(overrides, folder):
    assert run_folder("mini_en", overrides) == Path(folder)


def test_long_names_stay_names_and_stay_apart():
    first, second = (run_folder("generic", [f"clip={'x' * 300}{end}"]) for end in "ab")
    assert first != second
    assert len(first.name.encode()) < 255 and first.parent == Path("runs")


@pytest.mark.parametrize("recipe", CORPORA)
def test_a_claimed_folder_gives_its_configuration_back(tmp_path, recipe):
    config = compose(recipe, ["seed=7", "stages.0.weights.bigram=0.25"])
    folder = tmp_path / "a@seed=7,b=c d"
    claim(folder, config)
    assert read_config(folder) == config
    written = (folder / "config.yaml").read_bytes()
    claim(folder, config)
    assert (folder / "config.yaml").read_bytes() == written


def test_a_folder_of_another_configuration_is_refused(tmp_path):
    claim(tmp_path, compose("mini_en"))
    with pytest.raises(UsageError, match=r"seed is 0 there, 1 here.*run_dir=FOLDER"):
        claim(tmp_path, compose("mini_en", ["seed=1"]))
    with pytest.raises(UsageError, match=r"data.train is 4000 there, 9 here"):
        claim(tmp_path, compose("mini_en", ["data.train=9"]))
    with pytest.raises(UsageError, match=r"data is mini there, digits here"):
        claim(tmp_path, compose("mini_en", ["data=digits"]))


def test_a_moved_run_is_the_same_run(tmp_path):
    claim(tmp_path / "old", compose("mini_en", [f"run_dir={tmp_path / 'old'}"]))
    (tmp_path / "old").rename(tmp_path / "new")
    claim(tmp_path / "new", compose("mini_en", [f"run_dir={tmp_path / 'new'}"]))


@pytest.mark.parametrize("text", ["seed: [", "seed: many\n", "novelty: 1\n", ""])
def test_a_damaged_configuration_is_named(tmp_path, text):
    (tmp_path / "config.yaml").write_text(f"defaults: [run_config, _self_]\n{text}" if text else "seed: [1")
    with pytest.raises(InputError, match=r"config\.yaml cannot be used"):
        read_config(tmp_path)


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no run folder: config\.yaml is missing"):
        read_config(tmp_path)
