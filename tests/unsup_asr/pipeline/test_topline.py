"""A run on the language of tones: given the transcripts, its network writes them down."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.data.audio import write_audio
from unsup_asr.data.manifest import Utterance, Word, write_manifest
from unsup_asr.decoding.hypothesis import read_hypotheses
from unsup_asr.errors import InputError
from unsup_asr.evaluation.results import read_results
from unsup_asr.evaluation.scored import read_scored
from unsup_asr.models.generator import GeneratorConfig
from unsup_asr.pipeline.config import LanguageModelConfig, RunConfig, StageConfig
from unsup_asr.pipeline.run import run
from unsup_asr.pipeline.topline import add_topline
from unsup_asr.training.cascade import CascadeConfig, LossWeights
from unsup_asr.training.loop import LoopConfig
from unsup_asr.training.self_training import SelfTrainingConfig

TONES = ["red", "big", "dog"]
OTHERS = ["house", "tree", "car", "boat", "ball", "cat", "horse", "bird", "fish", "road", "hill", "door"]


def captions() -> str:
    """Sentences over words of unequal frequency, those of the tones among them."""
    draw = random.Random(0)
    words = TONES + OTHERS
    weights = [1 / (k + 1) for k in range(len(words))]
    return "".join(" ".join(draw.choices(words, weights, k=draw.randint(2, 5))) + "\n" for _ in range(300))


def manifest(folder: Path, name: str, count: int, seed: int, say_tones: Callable) -> str:
    draw = random.Random(seed)
    utterances = []
    for number in range(count):
        words = draw.choices(TONES, k=4)
        samples, segmentation = say_tones(words)
        write_audio(folder / f"{name}-{number}.wav", samples, 16000)
        colour = tuple(draw.randrange(256) for _ in range(3))
        Image.new("RGB", (32, 32), colour).save(folder / f"{name}-{number}.png")
        timed = zip(words, segmentation.spans, strict=True)
        utterances.append(
            Utterance(
                f"{name}-{number}",
                folder / f"{name}-{number}.wav",
                segmentation.duration,
                "en",
                image_filepath=folder / f"{name}-{number}.png",
                text=" ".join(words),
                words=tuple(Word(word, span.start, span.end) for word, span in timed),
            )
        )
    write_manifest(folder / f"{name}.jsonl", utterances)
    return str(folder / f"{name}.jsonl")


@pytest.fixture(scope="module")
def config(tmp_path_factory, tiny_clip, say_tones) -> RunConfig:
    folder = tmp_path_factory.mktemp("data")
    (folder / "captions.txt").write_text(captions())
    sizes = {"train": 12, "validation": 3, "test": 6}
    made = {name: manifest(folder, name, n, k, say_tones) for k, (name, n) in enumerate(sizes.items())}
    files = {"validation": made["validation"], "test": made["test"]}
    short = LoopConfig(2, 2, 2)
    return RunConfig(
        clip=str(tiny_clip),
        data=ManifestsConfig(manifest=made["train"], captions=str(folder / "captions.txt"), **files),
        slots=4,
        starts=1,
        lm=LanguageModelConfig(order=2),
        generator=GeneratorConfig(narrow=16, wide=16, dropout=0.0),
        cascade=CascadeConfig(batch=4),
        stages=[StageConfig("semantic", LossWeights(semantic=1.0), short)],
        self_training=SelfTrainingConfig(rounds=2, loop=LoopConfig(30, 30, 30), batch=12, learning_rate=1e-2),
    )


@pytest.fixture(scope="module")
def finished(config, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        run(config, folder)
        add_topline(config, folder)
    return folder


def test_given_the_transcripts_it_writes_them_down(finished):
    results = read_results(finished / "results.json")
    assert results.topline_wer == 0
    assert results.topline_bleu == pytest.approx(100)
    assert results.wer > 30  # two updates teach nothing: it is the transcripts that did
    decoded = read_hypotheses(finished / "topline/decoded/topline.test.jsonl")
    assert [hypothesis.id for hypothesis in decoded] == [f"test-{n}" for n in range(6)]
    scored = read_scored(finished / "topline/scored/topline.test.jsonl")
    assert [row.references for row in scored] == [(row.hypothesis,) for row in scored] and len(scored) == 6


def test_the_run_itself_is_as_it_was(finished):
    """The topline's own output stands apart, and its updates are as many as those of all rounds."""
    assert not list((finished / "decoded").glob("topline*"))
    steps = [path.name for path in (finished / "topline/checkpoints").iterdir()]
    assert "step-60" in steps
    assert [stage.name for stage in read_results(finished / "results.json").stages] == [
        "semantic",
        "self_training",
    ]


def test_a_topline_that_is_there_is_not_looked_for_again(finished, config):
    before = torch.random.get_rng_state()
    results = add_topline(replace(config, clip="no such CLIP"), finished)
    assert results == read_results(finished / "results.json")
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_run_that_is_not_finished_has_none(config, tmp_path):
    with pytest.raises(InputError, match="is not finished"):
        add_topline(config, tmp_path)
