"""Every recipe runs: a tiny corpus in its publisher's layout, prepared, learned from, decoded and scored.

The path is that of the full corpus; sizes alone differ.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from tests.recipes import tone_corpora
from unsup_asr.cli.configuration import compose
from unsup_asr.cli.main import main
from unsup_asr.cli.recipes import available_recipes
from unsup_asr.corpora.preparation import read_record
from unsup_asr.data.manifest import read_manifest
from unsup_asr.evaluation.results import Results
from unsup_asr.files import read_jsonl
from unsup_asr.pipeline.config import RunConfig

SHORT = [f"self_training.loop.{key}=2" for key in ("updates", "checkpoint_every")]
SHORT += [f"re_estimation.adaptation.{key}=2" for key in ("updates", "checkpoint_every")]
SHORT += ["re_estimation.rounds=1", "re_estimation.frame_training.loop.updates=2", "self_training.rounds=1"]
SHORT += ["starts=1", "lm.order=2", "lm.prune=[]", "vocabulary.min_count=1"]
SHORT += ["generator.narrow=8", "generator.wide=8", "cascade.batch=8", "self_training.batch=8"]


def short(recipe: str) -> list[str]:
    """What leaves hardly anything to do, as `key=value` words."""
    numbers = range(len(configured(recipe).stages))
    stages = [f"stages.{n}.loop.{key}=2" for n in numbers for key in ("updates", "checkpoint_every")]
    return stages + SHORT


def configured(recipe: str) -> RunConfig:
    config = compose(recipe)
    assert isinstance(config, RunConfig)
    return config


@dataclass(frozen=True)
class Case:
    """A recipe on a corpus.

    Attributes:
        recipe: its name.
        corpus: what `prepare` calls the corpus.
        write: writes it as its publisher ships it.
        options: of `prepare`.
        encoder: the fixture of an encoder of the kind that the recipe names.
        references: what the test set's texts are.
    """

    recipe: str
    corpus: str
    write: Callable[[Path], None]
    options: tuple[str, ...] = ()
    encoder: str = "tiny_hubert"
    references: str = "gold"


CASES = [
    Case("places_en", "places_en", tone_corpora.write_places_en, ("--lists", "2020"), references="asr"),
    Case(
        "places_hi", "places_hi", tone_corpora.write_places_hi, ("--lists", "2020"),
        references="image_caption",
    ),
    Case(
        "places_ja", "places_ja", tone_corpora.write_places_ja,
        ("--lists", "2020", "--validation_share", "0.2"), encoder="tiny_xls_r", references="image_caption",
    ),
    Case(
        "places_multi", "places_multi", tone_corpora.write_places_multi, ("--lists", "2020"),
        references="image_caption",
    ),
    Case("spokencoco", "spokencoco", tone_corpora.write_coco),
    Case("flickr8k", "flickr8k", tone_corpora.write_flickr),
]  # fmt: skip

# Run elsewhere: on a corpus that is made on the spot, on manifests, or on a model that is trained.
ELSEWHERE = {
    "mini_en": "tests/test_end_to_end.py",
    "mini_hi": "tests/recipes/test_mini_languages.py",
    "mini_ja": "tests/recipes/test_mini_languages.py",
    "mini_multi": "tests/recipes/test_mini_languages.py",
    "digits": "tests/test_end_to_end.py",
    "generic": "tests/unsup_asr/cli/test_run.py",
    "flickr8k_cascaded": "tests/unsup_asr/cli/test_run_speech_clip.py",
    "flickr8k_hybrid": "tests/unsup_asr/cli/test_run_speech_clip.py",
    "flickr8k_parallel": "tests/unsup_asr/cli/test_run_speech_clip.py",
}
PUBLISHED = {case.recipe for case in CASES} | {"librispeech_transfer"}
SPEECH_CLIP = ("mini_cascaded", "mini_hybrid", "mini_parallel")


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch) -> Path:
    """Works below a folder of the test's own, the cache beside it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.recipe)
def test_from_the_publishers_files_to_results(case, own_folder, tiny_clip, request):
    case.write(own_folder / "shipped")
    assert main(["prepare", case.corpus, "shipped", "prepared", *case.options]) == 0
    encoder = f"{request.getfixturevalue(case.encoder)}:1"
    words = [
        "data.folder=prepared",
        f"clip={tiny_clip}",
        f"encoder={encoder}",
        "run_dir=run",
        *short(case.recipe),
    ]
    assert main(["run", case.recipe, *words]) == 0
    row = json.loads(Path("run/results.json").read_text())
    assert set(row) == {field.name for field in fields(Results)}
    assert (row["recipe"], row["reference_kind"]) == (case.recipe, case.references)
    assert row["captions_from"] == read_record(Path("prepared")).captions_from != "none"
    assert row["n_test"] == len(read_manifest("prepared/test.jsonl")) > 0
    assert row["segmentation"] == "gradseg" and not row["test_uses_gold_times"]
    assert all(row[name] is not None for name in ("wer", "bleu", "chance_wer", "chance_bleu", "perplexity"))
    page = Path("run/report.html").read_text()
    assert row["captions_from"] in page
    if case.recipe == "places_multi":
        _transcribe_writes_what_was_scored(row["stages"][-1]["name"])


def _transcribe_writes_what_was_scored(stage: str) -> None:
    """In each of three languages, which the manifest tells."""
    utterances = read_manifest("prepared/test.jsonl")
    assert {u.lang for u in utterances} == set(compose("places_multi").languages) == {"en", "hi", "ja"}
    decoded = read_jsonl(Path(f"run/decoded/{stage}.test.jsonl"))
    assert main(["transcribe", "--model", "run", "prepared/test.jsonl", "--output_dir", "texts"]) == 0
    texts = [Path("texts", each["id"].replace("/", "_") + ".txt").read_text().strip() for each in decoded]
    assert texts == [each["text"] for each in decoded]


def test_librispeech_is_decoded_by_a_model_of_another_corpus(own_folder, tone_run):
    """The model knows the language of tones: what it writes where words truly lie is what is said."""
    tone_corpora.write_libri(own_folder / "shipped")
    assert main(["prepare", "librispeech", "shipped", "prepared"]) == 0
    words = ["data.folder=prepared", f"model={tone_run}", "segmenter=gold", "run_dir=run"]
    assert main(["run", "librispeech_transfer", *words]) == 0
    row = json.loads(Path("run/results.json").read_text())
    assert set(row) == {field.name for field in fields(Results)}
    assert (row["wer"], row["n_test"], row["reference_kind"]) == (0, 12, "gold")
    assert row["segmentation"] == "gold" and row["test_uses_gold_times"]


def test_the_script_takes_prepared_data_to_results(own_folder, tone_run):
    """On the GPUs there are, or without one."""
    tone_corpora.write_libri(own_folder / "shipped")
    assert main(["prepare", "librispeech", "shipped", "prepared"]) == 0
    root = Path(__file__).parents[2]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    words = [f"model={tone_run}", "segmenter=gold", "run_dir=run"]
    script = ["sh", str(root / "recipes" / "librispeech_transfer" / "run.sh")]
    done = subprocess.run([*script, "prepared", *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["run/results.json", "run/report.html"]
    refused = subprocess.run(script, env=environment, capture_output=True, text=True)
    assert refused.returncode == 2 and "PREPARED is a folder" in refused.stderr


@pytest.mark.parametrize(
    ("gpus", "command"),
    [
        (0, "python -m unsup_asr.cli.main run digits data.folder=prepared seed=1"),
        (1, "python -m unsup_asr.cli.main run digits data.folder=prepared device=cuda seed=1"),
        (
            4,
            "torchrun --standalone --nproc_per_node 4 -m unsup_asr.cli.main run digits data.folder=prepared "
            "device=cuda seed=1",
        ),
    ],
)
def test_the_script_takes_every_gpu(own_folder, gpus, command):
    """Programs of these names say what they were called with; asked by -c, one says how many GPUs there are."""
    for name in ("python", "torchrun"):
        program = own_folder / name
        program.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then echo {gpus}; else echo {name} "$@"; fi\n')
        program.chmod(0o755)
    script = Path(__file__).parents[2] / "recipes" / "on_gpus.sh"
    environment = {**os.environ, "PATH": f"{own_folder}{os.pathsep}{os.environ['PATH']}"}
    words = ["sh", str(script), "digits", "prepared", "seed=1"]
    assert subprocess.run(words, env=environment, capture_output=True, text=True).stdout == command + "\n"


@pytest.mark.parametrize("recipe", sorted(PUBLISHED))
def test_every_recipe_on_prepared_data_has_its_script(recipe):
    folder = Path(__file__).parents[2] / "recipes" / recipe
    assert f'on_gpus.sh" {recipe} ' in (folder / "run.sh").read_text()
    assert f"sh recipes/{recipe}/run.sh prepared/" in (folder / "README.md").read_text()


@pytest.fixture(scope="module")
def mini_cache(tmp_path_factory) -> Path:
    """Where the tiny mini corpus and its models are made once for all."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("recipe", SPEECH_CLIP)
def test_mini_speech_clips_learn_from_the_corpus_that_is_made(
    recipe, mini_cache, tiny_mini, monkeypatch, own_folder
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(mini_cache))
    hubert = ["width=16", "heads=2", "layers=2", "conv_dim=[8,8,16]", "positions=8", "batch=4", "units=8"]
    hubert += ["crop=0.6", "loop.updates=2", "loop.checkpoint_every=2"]
    words = [*tiny_mini, *(f"hubert.{word}" for word in hubert), "model.heads=2", "training.batch=8"]
    words += ["training.loop.updates=2", "training.loop.checkpoint_every=2", "run_dir=run"]
    assert main(["run", recipe, *words]) == 0
    row = json.loads(Path("run/results.json").read_text())
    assert set(row) == {field.name for field in fields(Results)}
    assert (row["recipe"], row["n_test"]) == (recipe, 16) and row["retrieval_r1"] is not None


def test_no_recipe_is_left_out():
    assert set(available_recipes()) == PUBLISHED | set(SPEECH_CLIP) | set(ELSEWHERE)
    for path in ELSEWHERE.values():
        assert Path(__file__).parents[2].joinpath(path).is_file()


@pytest.mark.parametrize("recipe", sorted(PUBLISHED - {"librispeech_transfer"}))
def test_recipes_differ_in_the_length_of_stages_and_not_in_what_they_weigh(recipe):
    """Those that translate have the stages of the mini recipes that do."""
    method = configured("mini_hi" if configured(recipe).task == "translation" else "mini_en")
    stages = zip(configured(recipe).stages, method.stages, strict=True)
    assert all((ours.name, ours.weights) == (theirs.name, theirs.weights) for ours, theirs in stages)
