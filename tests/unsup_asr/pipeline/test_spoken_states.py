"""Splits heard whole: each recording once, whoever asks, and what cannot be used is set aside."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from PIL import Image

from unsup_asr.corpora.cache import Corpus
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance, write_manifest
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.errors import InputError
from unsup_asr.pipeline.pictures import PictureEmbedder
from unsup_asr.pipeline.spoken_states import StateExtractor


class Counting(LogMelEncoder):
    """Counts what it hears; a recording of less than 0.2 s comes out as no numbers."""

    heard = 0

    def encode_states(self, waveforms: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        self.heard += len(waveforms)
        states = super().encode_states(waveforms)
        return [
            each * float("nan") if len(w) < 3200 else each for each, w in zip(states, waveforms, strict=True)
        ]


@pytest.fixture
def extractor(tmp_path, write_wav, tiny_clip, monkeypatch) -> StateExtractor:
    """Six utterances: 1 and 0 are the same speech, 3's recording is broken, 4's picture, and 5's features."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    Image.new("RGB", (32, 32), (200, 0, 0)).save(tmp_path / "b.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    files = [write_wav(f"{n}.wav", seconds=0.1 if n == 5 else 0.3 + 0.1 * n, seed=n) for n in range(6)]
    files[1] = write_wav("copy.wav", seconds=0.3, seed=0)
    files[3].write_bytes(b"no sound")
    pictures = ["a.png", "b.png", "a.png", "a.png", "broken.png", "b.png"]
    utterances = [
        Utterance(f"u{n}", file, 0.1 if n == 5 else 0.3, "en", image_filepath=tmp_path / picture)
        for n, (file, picture) in enumerate(zip(files, pictures, strict=True))
    ]
    write_manifest(tmp_path / "train.jsonl", utterances)
    write_manifest(tmp_path / "test.jsonl", utterances[3:4])
    pictures = PictureEmbedder(Clip.load(str(tiny_clip)), None, "tiny")
    encoder = Counting(LogMelConfig(mels=20))
    return StateExtractor(Corpus("manifests", tmp_path, "key"), "log_mel", encoder, pictures, "cpu")


def test_speech_is_heard_once_and_faults_are_set_aside(extractor):
    split = extractor.split("train")
    assert split.spoken.ids == ("u0", "u1", "u2") == tuple(u.id for u in split.utterances)
    assert {item.id: item.reason.split(" (")[0] for item in split.set_aside}["u5"].endswith("not finite")
    assert [item.id for item in split.set_aside] == ["u3", "u4", "u5"]
    assert split.spoken.image_ids.tolist() == [0, 1, 0]
    assert split.spoken.seconds.tolist() == pytest.approx([u.duration for u in split.utterances])
    assert extractor.encoder.heard == 4  # u0 and u1 are one
    again = extractor.split("train")
    assert extractor.encoder.heard == 5  # what could not be kept is tried again
    states, others = (each.spoken.source.states(torch.arange(3)) for each in (split, again))
    assert torch.equal(states.values, others.values) and torch.equal(states.values[0], states.values[1])


def test_states_are_those_of_the_encoder_in_half_precision(extractor):
    split = extractor.split("train")
    samples = read_audio(split.utterances[2].audio_filepath, 16000, 0.0, 0.3)
    (expected,) = extractor.encoder.encode_states([torch.from_numpy(samples)])
    found = split.spoken.source.states(torch.tensor([2]))
    torch.testing.assert_close(found.values[0], expected, atol=2e-3, rtol=1e-3)


def test_a_split_without_anything_to_hear_is_refused(extractor):
    with pytest.raises(InputError, match=r"none of 1 utterances can be used; the first: .*not readable"):
        extractor.split("test")


def test_the_cache_lies_where_caches_do(extractor, tmp_path: Path):
    extractor.split("train")
    (folder,) = (tmp_path / "cache" / "unsup-asr" / "states").iterdir()
    assert folder.name.startswith("log_mel-")
