"""A picture is seen once: by later runs, as a copy, after a crash; a mended one is seen anew."""

import multiprocessing
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from unsup_asr.data.manifest import Utterance
from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import InputError
from unsup_asr.pipeline import pictures as module
from unsup_asr.pipeline.picture_cache import PictureCache, content_key
from unsup_asr.pipeline.pictures import PictureEmbedder


class Counting:
    """CLIP's picture side; counts what it sees, and fails at the picture of the given number."""

    def __init__(self, clip: Clip, fails_at: int | None = None) -> None:
        self.clip, self.seen, self.fails_at = clip, 0, fails_at

    def encode_images(self, images: Iterable[Image.Image]) -> Tensor:
        images = list(images)
        self.seen += len(images)
        if self.fails_at is not None and self.seen >= self.fails_at:
            raise KeyboardInterrupt
        return self.clip.encode_images(images)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "unsup-asr" / "picture_embeddings"


@pytest.fixture(scope="module")
def clip(tiny_clip) -> Clip:
    return Clip.load(str(tiny_clip))


@pytest.fixture
def utterances(tmp_path) -> list[Utterance]:
    """Ten pictures, two utterances of each."""
    generator = torch.Generator().manual_seed(0)
    for k in range(10):
        pixels = torch.randint(256, (32, 32, 3), generator=generator, dtype=torch.uint8)
        Image.fromarray(pixels.numpy()).save(tmp_path / f"{k}.png")
    return [utterance(tmp_path / f"{k // 2}.png", f"u{k}") for k in range(20)]


def utterance(picture: Path | None, name: str = "u") -> Utterance:
    return Utterance(name, Path("speech.wav"), 1.0, "en", image_filepath=picture)


def same(first: dict[str, Tensor | str], second: dict[str, Tensor | str]) -> bool:
    return list(first) == list(second) and all(torch.equal(first[key], second[key]) for key in first)


def test_every_picture_has_its_own_embedding(clip, utterances):
    seen = PictureEmbedder(clip, None, "clip").embed("train", utterances)
    pictures = {u.picture: u.image_filepath for u in utterances}
    assert list(seen) == list(pictures)
    for key, path in pictures.items():
        torch.testing.assert_close(seen[key], clip.encode_images([Image.open(path)])[0])


def test_the_second_run_sees_nothing_and_another_split_what_is_new(clip, utterances):
    encoder = Counting(clip)
    first = PictureEmbedder(encoder, None, "clip").embed("train", utterances[:12])
    assert encoder.seen == 6
    assert same(PictureEmbedder(encoder, None, "clip").embed("train", utterances[:12]), first)
    assert encoder.seen == 6
    PictureEmbedder(encoder, None, "clip").embed("test", utterances)
    assert encoder.seen == 10


def test_encoders_are_kept_apart_and_one_without_a_key_keeps_nothing(clip, utterances, cache):
    encoder = Counting(clip)
    for key in (None, None, "one", "other", "one"):
        PictureEmbedder(encoder, None, key).embed("train", utterances)
    assert encoder.seen == 40
    assert len(list(cache.iterdir())) == 2


def test_a_copy_is_the_same_picture_and_a_changed_one_another(clip, utterances, tmp_path):
    encoder = Counting(clip)
    PictureEmbedder(encoder, None, "clip").embed("train", utterances)
    shutil.copy(tmp_path / "3.png", tmp_path / "copy.png")
    PictureEmbedder(encoder, None, "clip").embed("train", [utterance(tmp_path / "copy.png")])
    assert encoder.seen == 10
    Image.new("RGB", (32, 32), "red").save(tmp_path / "3.png")
    changed = PictureEmbedder(encoder, None, "clip").embed("train", utterances)
    assert encoder.seen == 11
    red = clip.encode_images([Image.new("RGB", (32, 32), "red")])[0]
    torch.testing.assert_close(changed[utterances[6].picture], red)


def test_a_crash_costs_what_was_not_yet_kept(clip, utterances, monkeypatch):
    monkeypatch.setattr(module, "_PICTURES", 2)
    monkeypatch.setattr(module, "_SHARD", 4)
    with pytest.raises(KeyboardInterrupt):
        PictureEmbedder(Counting(clip, fails_at=7), None, "clip").embed("train", utterances)
    encoder = Counting(clip)
    resumed = PictureEmbedder(encoder, None, "clip").embed("train", utterances)
    assert encoder.seen == 6
    assert same(resumed, PictureEmbedder(clip, None).embed("train", utterances))


def test_what_cannot_be_seen_is_told_each_time(clip, utterances, tmp_path):
    (tmp_path / "9.png").write_bytes((tmp_path / "9.png").read_bytes()[:200])
    (tmp_path / "8.png").unlink()
    encoder = Counting(clip)
    for _ in range(2):
        seen = PictureEmbedder(encoder, None, "clip").embed("train", [*utterances, utterance(None)])
        faults = [row for row in seen.values() if isinstance(row, str)]
        assert [
            any(word in fault for fault in faults) for word in ("cut short", "No such file", "no picture")
        ]
        assert len(faults) == 3
    assert encoder.seen == 8


def _write(folder: Path, number: int) -> None:
    for k in range(20):
        embeddings = functional.one_hot(torch.tensor([k, k + 1, number]), 50)
        PictureCache(folder).add({str(n): row for n, row in zip([k, k + 1, number], embeddings, strict=True)})


def test_several_writers_and_readers_do_not_disturb_each_other(tmp_path):
    processes = [multiprocessing.Process(target=_write, args=(tmp_path, number)) for number in (30, 40)]
    for process in processes:
        process.start()
    cache, keys = PictureCache(tmp_path), [*map(str, range(21)), "30", "40"]
    while any(process.is_alive() for process in processes):
        cache.read(keys)
    found = cache.read([*keys, "45"])
    assert [process.exitcode for process in processes] == [0, 0]
    assert found.keys() == set(keys)
    assert all(int(row.argmax()) == int(key) for key, row in found.items())


def test_a_damaged_shard_is_named(tmp_path):
    cache = PictureCache(tmp_path)
    cache.add({})
    assert not list(tmp_path.iterdir())
    cache.add({"a": torch.zeros(3)})
    shard = next(tmp_path.glob("*.safetensors"))
    shard.write_bytes(shard.read_bytes()[:20])
    with pytest.raises(InputError, match=rf"{shard.name}: is damaged: .*delete it"):
        cache.read(["a"])


def test_content_is_what_a_key_says(tmp_path):
    for name, text in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / name).write_text(text)
    a, b, c = (content_key(tmp_path / name) for name in "abc")
    assert a == b != c
