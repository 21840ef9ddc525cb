"""A corpus of tones with pictures, in manifests."""

import itertools
from pathlib import Path

import pytest
from PIL import Image

from unsup_asr.data.audio import write_audio
from unsup_asr.data.manifest import Utterance, Word, write_manifest

WORDS = ("red", "big", "dog")


@pytest.fixture
def tone_corpus(tmp_path, say_tones, monkeypatch) -> Path:
    """Twelve utterances with pictures, one of whose recordings is broken; captions; the cache beside them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    said = list(itertools.islice(itertools.product(WORDS, repeat=3), 12))
    utterances = []
    for number, words in enumerate(said):
        samples, segmentation = say_tones(list(words))
        audio, image = tmp_path / f"{number}.wav", tmp_path / f"{number}.png"
        write_audio(audio, samples, 16000)
        Image.new("RGB", (32, 32), (20 * number, 0, 0)).save(image)
        times = tuple(Word(w, s.start, s.end) for w, s in zip(words, segmentation.spans, strict=True))
        utterances.append(
            Utterance(
                f"u{number}", audio, segmentation.duration, "en",
                image_filepath=image, text=" ".join(words), words=times,
            )
        )  # fmt: skip
    write_manifest(tmp_path / "train.jsonl", utterances[:6])
    write_manifest(tmp_path / "validation.jsonl", utterances[6:9])
    write_manifest(tmp_path / "test.jsonl", utterances[9:])
    captions = itertools.product(("a", "the"), WORDS, WORDS)
    (tmp_path / "captions.txt").write_text("".join(" ".join(words) + "\n" for words in captions))
    return tmp_path
