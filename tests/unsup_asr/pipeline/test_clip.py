"""The CLIP of a run: a folder, a name, or a miniature that is made once and measured."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from unsup_asr.corpora.cache import cache_folder
from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.corpora.pictures import captioned_pictures, pictures_key
from unsup_asr.data.captioned_pictures import CaptionedPictures, FalseCaption, TrueCaption
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.clip_files import WEIGHTS_FILE, clip_key
from unsup_asr.evaluation.clip_accuracy import clip_accuracy
from unsup_asr.files import read_json, read_jsonl
from unsup_asr.pipeline.clip import choose_clip, miniature_key
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.training.loop import LoopConfig
from unsup_asr.training.miniature_clip import MiniatureClipConfig

MINIATURE = MiniatureClipConfig(
    image_size=(32, 32),
    embed_dim=16,
    vision={"layers": [1, 1, 1, 1], "width": 8, "head_width": 16, "patch_size": None},
    text_width=16,
    text_layers=1,
    text_heads=2,
    batch=4,
    false_captions=1,
    loop=LoopConfig(4, 2, 1),
)
CONFIG = RunConfig(data=MiniConfig(), miniature_clip=MINIATURE)
WORDS = ["dog", "cat", "car", "tree", "house", "ball"]


@pytest.fixture(autouse=True)
def pictures(tmp_path, monkeypatch) -> None:
    """Plain pictures where the cache looks for those of the mini world, so that none need be drawn."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for split in ("train", "validation"):
        pixels = np.random.default_rng(len(split)).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
        captions = [
            [TrueCaption(("a", word), (FalseCaption("noun", ("a", WORDS[n - 1])),))]
            for n, word in enumerate(WORDS)
        ]
        folder = cache_folder() / "pictures" / pictures_key(CONFIG.data) / split
        CaptionedPictures(pixels, captions).write(folder)


def test_a_folder_is_known_by_what_is_in_it(tiny_clip, save_tiny_clip):
    choice = choose_clip(replace(CONFIG, clip=str(tiny_clip)))
    assert (choice.name, choice.key) == (str(tiny_clip), clip_key(str(tiny_clip)))
    assert choose_clip(replace(CONFIG, clip=str(save_tiny_clip(layers=1)))).key != choice.key
    assert (choice.r1, choice.pool, choice.minimal_pairs) == (None, None, None)


def test_published_models_whose_names_begin_alike_are_told_apart():
    names = ["ViT-B-32/laion2b_e16", "ViT-B-32/laion2b_s34b_b79k"]
    choices = [choose_clip(replace(CONFIG, clip=name)) for name in names]
    assert [choice.name for choice in choices] == names
    assert choices[0].key != choices[1].key


def test_the_key_holds_what_the_miniature_is_made_from_and_nothing_else():
    key = miniature_key(CONFIG)
    assert key == miniature_key(replace(CONFIG, seed=7, starts=9))
    for other in (
        replace(CONFIG, data=replace(CONFIG.data, seed=1)),
        replace(CONFIG, miniature_clip=replace(MINIATURE, learning_rate=1e-4)),
        replace(CONFIG, miniature_clip=replace(MINIATURE, loop=LoopConfig(5, 2, 1))),
    ):
        assert miniature_key(other) != key


def test_a_miniature_is_trained_measured_and_kept():
    choice = choose_clip(CONFIG)
    folder = cache_folder() / "clip" / miniature_key(CONFIG)
    assert [row["step"] for row in read_jsonl(folder / "metrics.jsonl")] == [1, 2, 3, 4]
    accuracy = clip_accuracy(Clip.load(choice.name), captioned_pictures(CONFIG.data, "validation"))
    assert (choice.r1, choice.pool, choice.minimal_pairs) == (accuracy.r1, 6, accuracy.minimal_pairs)
    assert read_json(folder / "clip.json") == asdict(choice)
    weights = (folder / WEIGHTS_FILE).stat().st_mtime_ns
    assert choose_clip(replace(CONFIG, seed=3)) == choice
    assert (folder / WEIGHTS_FILE).stat().st_mtime_ns == weights


def test_the_same_pictures_make_the_same_miniature(tmp_path, monkeypatch):
    first = choose_clip(CONFIG)
    bytes_of_first = (cache_folder() / "clip" / first.key / WEIGHTS_FILE).read_bytes()
    made = cache_folder() / "pictures"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    cache_folder().mkdir(parents=True)
    (cache_folder() / "pictures").symlink_to(made)
    again = choose_clip(CONFIG)
    assert again.name != first.name
    assert (cache_folder() / "clip" / again.key / WEIGHTS_FILE).read_bytes() == bytes_of_first
