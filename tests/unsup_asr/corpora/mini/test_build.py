"""The mini corpus as files: the same bytes whatever happens, and nothing shared between its splits."""

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from unsup_asr.corpora.mini.build import SPLITS, MiniConfig, prepare_mini
from unsup_asr.corpora.mini.description import describe
from unsup_asr.data.audio import read_audio
from unsup_asr.data.captions import read_captions
from unsup_asr.data.images import read_image
from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.errors import UsageError

MISSING = importlib.util.find_spec("espeakng_loader") is None
pytestmark = pytest.mark.skipif(MISSING, reason="espeakng-loader is not installed (extra mini)")

Digests = Callable[[Path], dict[str, str]]
KillWhen = Callable[[str, Callable[[], bool]], None]
CONFIG = MiniConfig(train=60, validation=12, test=12, unpaired=50, image_size=48)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mini")
    prepare_mini(CONFIG, folder)
    return folder


@pytest.fixture(scope="module")
def splits(corpus: Path) -> dict[str, list[Utterance]]:
    return {split: read_manifest(corpus / f"{split}.jsonl") for split in SPLITS}


def test_the_folder_is_a_prepared_corpus(corpus: Path, splits: dict[str, list[Utterance]]) -> None:
    assert {split: len(utterances) for split, utterances in splits.items()} == {
        "train": 60,
        "validation": 12,
        "test": 12,
    }
    for utterance in (utterance for utterances in splits.values() for utterance in utterances):
        assert utterance.image_filepath is not None and utterance.text is not None
        samples = read_audio(utterance.audio_filepath)
        assert len(samples) / 16000 == pytest.approx(utterance.duration) and samples.std() > 0.005
        assert read_image(utterance.image_filepath).size == (48, 48)
        assert utterance.text.split() == [word.word for word in utterance.words]
    assert len(read_captions(corpus / "captions.txt")) == 50


@pytest.mark.parametrize("last", ["images/train/00020.png", "audio/train/00020.wav"])
def test_a_killed_run_is_continued_to_the_same_bytes(
    last: str, corpus: Path, tmp_path: Path, kill_when: KillWhen, digests: Digests
) -> None:
    folder = tmp_path / "corpus"
    kill_when(
        f"from pathlib import Path; from unsup_asr.corpora.mini.build import *; "
        f"prepare_mini({CONFIG!r}, Path({str(folder)!r}))",
        lambda: (folder / last).exists(),
    )
    assert not (folder / Path(last).with_stem("00059")).exists()
    prepare_mini(CONFIG, folder)
    assert digests(folder) == digests(corpus)


def test_another_seed_gives_other_bytes(corpus: Path, tmp_path: Path, digests: Digests) -> None:
    prepare_mini(replace(CONFIG, seed=1, train=5, validation=2, test=2, unpaired=5), tmp_path)
    ours, other = digests(corpus), digests(tmp_path)
    assert other.keys() <= ours.keys()
    assert all(other[name] != ours[name] for name in other)


def test_voices_of_test_and_validation_are_heard_nowhere_else(splits: dict[str, list[Utterance]]) -> None:
    heard = {split: {utterance.speaker for utterance in utterances} for split, utterances in splits.items()}
    assert len(heard["train"]) > 8
    assert not any(heard[one] & heard[other] for one, other in combinations(SPLITS, 2))


def test_no_picture_is_in_two_splits(splits: dict[str, list[Utterance]]) -> None:
    pictures = [
        read_image(utterance.image_filepath).tobytes()
        for utterances in splits.values()
        for utterance in utterances
        if utterance.image_filepath is not None
    ]
    assert len(set(pictures)) == len(pictures) == 84


def test_no_scene_is_in_two_streams() -> None:
    streams = (*SPLITS, "captions", "clip_train", "clip_validation")
    scenes = {stream: {describe(0, stream, index)[0].scene for index in range(150)} for stream in streams}
    assert all(len(drawn) == 150 for drawn in scenes.values())
    assert not any(scenes[one] & scenes[other] for one, other in combinations(streams, 2))


def test_captions_are_no_transcripts(corpus: Path, splits: dict[str, list[Utterance]]) -> None:
    captions = [" ".join(words) for words in read_captions(corpus / "captions.txt")]
    assert captions[:12] != [utterance.text for utterance in splits["train"][:12]]
    assert len(set(captions)) > 45


def test_other_style_changes_the_captions_alone(corpus: Path, tmp_path: Path, digests: Digests) -> None:
    prepare_mini(replace(CONFIG, captions="other_style", train=5, validation=2, test=2), tmp_path)
    ours, other = digests(corpus), digests(tmp_path)
    for name in other:
        assert (other[name] == ours[name]) == name.startswith(("audio", "images")), name
    same, plain = (read_captions(folder / "captions.txt") for folder in (corpus, tmp_path))
    assert np.mean([one == another for one, another in zip(same, plain, strict=True)]) < 0.1


def test_more_noise_is_the_same_speech(corpus: Path, tmp_path: Path, digests: Digests) -> None:
    """Voices, words and their times, pictures and captions stay; samples are those of before, and more noise."""
    snr = 5.0
    prepare_mini(replace(CONFIG, snr=(snr, snr), train=5, validation=2, test=2), tmp_path)
    ours, other = digests(corpus), digests(tmp_path)
    assert all(other[name] == ours[name] for name in other if name.startswith(("images", "captions")))
    for split, size in {"train": 5, "validation": 2, "test": 2}.items():
        rows = [(folder / f"{split}.jsonl").read_text().splitlines()[:size] for folder in (corpus, tmp_path)]
        assert rows[0] == rows[1]
        for utterance in read_manifest(tmp_path / f"{split}.jsonl"):
            own = utterance.audio_filepath
            noisy, clean = read_audio(own), read_audio(corpus / own.relative_to(tmp_path))
            # Both have the same noise, s + a n and s + b n with 15 dB or more for a, so that they correlate so:
            b, most = 10 ** (-snr / 20), 10 ** (-CONFIG.snr[0] / 20)
            least, largest = ((1 + a * b) / np.sqrt((1 + a * a) * (1 + b * b)) for a in (0.0, most))
            assert least - 0.01 < np.corrcoef(noisy, clean)[0, 1] < largest + 0.01


def test_an_unknown_caption_style_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"data\.captions='rhymed'.*same_style, other_style"):
        prepare_mini(replace(CONFIG, captions="rhymed"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
