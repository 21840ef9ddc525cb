"""Features are those of the encoder and of CLIP, row for row; what cannot be used is set aside with a reason."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch.nn import functional

from unsup_asr.corpora.cache import Corpus
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.data.audio import read_audio, write_audio
from unsup_asr.data.images import read_image
from unsup_asr.data.manifest import Utterance, Word, write_manifest
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.encoders.pooling import frame_edges, pool_segments
from unsup_asr.errors import InputError
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.features import FeatureExtractor

SAID = [["red", "dog"], ["big"], ["dog", "dog", "big"], ["red"]]
SLOTS = 3


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def clip(tiny_clip) -> Clip:
    return Clip.load(str(tiny_clip))


@pytest.fixture
def utterances(tmp_path, say_tones) -> list[Utterance]:
    """Recordings of tones; the first two describe the same picture."""
    made = []
    for number, words in enumerate(SAID):
        samples, segmentation = say_tones(words)
        write_audio(tmp_path / f"{number}.wav", samples, 16000)
        colour = ("red", "red", "green", "blue")[number]
        Image.new("RGB", (40, 40), colour).save(tmp_path / f"{colour}.png")
        timed = zip(words, segmentation.spans, strict=True)
        made.append(
            Utterance(
                f"u{number}",
                tmp_path / f"{number}.wav",
                segmentation.duration,
                "en",
                image_filepath=tmp_path / f"{colour}.png",
                words=tuple(Word(word, span.start, span.end) for word, span in timed),
            )
        )
    return made


def extractor(folder: Path, clip: Clip, utterances: list[Utterance], **config) -> FeatureExtractor:
    """Of a corpus whose training split these utterances are."""
    write_manifest(folder / "train.jsonl", utterances)
    settings = RunConfig(**{"slots": SLOTS, "data": ManifestsConfig(), **config})
    corpus = Corpus("manifests", folder, "key")
    return FeatureExtractor(settings, corpus, LogMelEncoder(LogMelConfig()), clip, "clip", 2.0)


def test_every_segment_is_its_frames_pooled(tmp_path, clip, utterances):
    words = extractor(tmp_path, clip, utterances).split("train").words
    assert words.ids == ("u0", "u1", "u2", "u3")
    encoder = LogMelEncoder(LogMelConfig())
    for row, utterance in enumerate(utterances):
        spans = torch.tensor([[word.start, word.end] for word in utterance.words], dtype=torch.float64)
        frames = encoder.encode(torch.from_numpy(read_audio(utterance.audio_filepath)))
        edges = frame_edges(encoder.frame_times(len(frames)), spans)
        mine = words.layout[row][words.layout[row] >= 0]
        torch.testing.assert_close(words.segments[mine], pool_segments(frames, edges, SLOTS))
        torch.testing.assert_close(words.spans[mine], spans)


def test_pictures_are_clips_embeddings_and_one_picture_has_one_number(tmp_path, clip, utterances):
    words = extractor(tmp_path, clip, utterances).split("train").words
    expected = clip.encode_images([read_image(utterance.image_filepath) for utterance in utterances])
    torch.testing.assert_close(words.images, expected, atol=1e-5, rtol=0)
    assert words.image_ids.tolist() == [0, 0, 1, 2]
    assert utterances[0].picture == utterances[1].picture != utterances[2].picture


def test_what_cannot_be_used_is_set_aside_with_its_reason(tmp_path, clip, utterances):
    utterances[0].audio_filepath.write_bytes(b"no sound")
    (tmp_path / "green.png").write_bytes(b"no picture")
    utterances[3] = replace(utterances[3], words=())
    split = extractor(tmp_path, clip, utterances).split("train")
    assert split.words.ids == ("u1",)
    assert split.words.images.shape == (1, clip.width)
    reasons = {item.id: item.reason for item in split.set_aside}
    assert list(reasons) == ["u0", "u2", "u3"]
    assert "0.wav" in reasons["u0"] and "green.png" in reasons["u2"]
    assert "has no word times" in reasons["u3"]


def test_where_nothing_can_be_used_the_first_reason_is_told(tmp_path, clip, utterances):
    bare = [replace(utterance, words=()) for utterance in utterances]
    with pytest.raises(InputError, match=r"none of 4 utterances can be used; the first: u0: has no word"):
        extractor(tmp_path, clip, bare).split("train")


def test_what_is_cached_is_the_same_and_is_not_computed_again(tmp_path, clip, utterances):
    made = extractor(tmp_path, clip, utterances).split("train")

    def refuse(samples: torch.Tensor) -> torch.Tensor:
        raise AssertionError("was computed again")

    again = extractor(tmp_path, clip, utterances)
    again.encoder.encode = refuse
    cached = again.split("train")
    for name in ("segments", "layout", "spans", "images", "image_ids"):
        assert torch.equal(getattr(cached.words, name), getattr(made.words, name))
    assert cached.set_aside == made.set_aside


def test_a_mended_recording_is_heard(tmp_path, clip, utterances):
    whole = utterances[0].audio_filepath.read_bytes()
    utterances[0].audio_filepath.write_bytes(whole[:1000])
    assert [i.id for i in extractor(tmp_path, clip, utterances).split("train").set_aside] == ["u0"]
    utterances[0].audio_filepath.write_bytes(whole)
    assert extractor(tmp_path, clip, utterances).split("train").set_aside == ()


@pytest.mark.parametrize(
    "change", [{"slots": 4}, {"segmenter": "uniform"}, {"log_mel": LogMelConfig(mels=20)}]
)
def test_another_configuration_has_other_features(tmp_path, clip, utterances, change):
    one = extractor(tmp_path, clip, utterances).split("train").words.segments
    other = extractor(tmp_path, clip, utterances, **change)
    other = replace(other, encoder=LogMelEncoder(other.config.log_mel)).split("train").words.segments
    assert one.shape != other.shape or not torch.equal(one, other)


def test_embeddings_are_looked_up_and_brought_to_unit_length(tmp_path, clip, utterances):
    numbered = [replace(u, image_filepath=None, image_id=f"p{n}") for n, u in enumerate(utterances)]
    table = {f"p{n}": torch.randn(clip.width, generator=torch.Generator().manual_seed(n)) for n in range(4)}
    table["p2"][0] = torch.nan
    del table["p3"]
    save_file(table, tmp_path / "pictures.safetensors")
    data = ManifestsConfig(embeddings=str(tmp_path / "pictures.safetensors"))
    split = extractor(tmp_path, clip, numbered, data=data).split("train")
    assert split.words.ids == ("u0", "u1")
    torch.testing.assert_close(
        split.words.images, functional.normalize(torch.stack([table["p0"], table["p1"]]), dim=-1)
    )
    reasons = {item.id: item.reason for item in split.set_aside}
    assert "p2: the embedding is not finite" in reasons["u2"]
    assert "p3: no such image_id" in reasons["u3"]


def test_a_file_of_embeddings_that_is_none_is_named(tmp_path, clip, utterances):
    (tmp_path / "pictures.safetensors").write_bytes(b"nothing")
    data = ManifestsConfig(embeddings=str(tmp_path / "pictures.safetensors"))
    with pytest.raises(InputError, match=r"pictures\.safetensors: cannot be read"):
        extractor(tmp_path, clip, utterances, data=data).split("train")


def test_a_recording_of_the_same_size_is_heard_anew(tmp_path, clip, utterances):
    before = extractor(tmp_path, clip, utterances).split("train").words
    samples = read_audio(utterances[0].audio_filepath)
    write_audio(utterances[0].audio_filepath, samples[::-1].copy(), 16000)
    after = extractor(tmp_path, clip, utterances).split("train").words
    assert not torch.equal(before.segments, after.segments)
