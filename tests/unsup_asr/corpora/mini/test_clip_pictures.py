"""Pictures with captions for the mini world's CLIP."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from unsup_asr.corpora.mini.clip_pictures import MiniPicturesConfig, make_mini_pictures
from unsup_asr.corpora.mini.minimal_pairs import KINDS
from unsup_asr.data.captioned_pictures import CaptionedPictures

Digests = Callable[[Path], dict[str, str]]
KillWhen = Callable[[str, Callable[[], bool]], None]
CONFIG = MiniPicturesConfig(train=205, validation=20, captions=3, image_size=32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for split in ("train", "validation"):
        make_mini_pictures(CONFIG, 0, split, folder / split)
    return folder


@pytest.fixture(scope="module")
def pictures(folder: Path) -> CaptionedPictures:
    return CaptionedPictures.read(folder / "train")


def test_there_are_as_many_as_asked_for(folder: Path, pictures: CaptionedPictures) -> None:
    assert pictures.pixels.shape == (205, 32, 32, 3) and pictures.pixels.dtype == np.uint8
    assert [len(captions) for captions in pictures.captions] == [3] * 205
    assert CaptionedPictures.read(folder / "validation").pixels.shape == (20, 32, 32, 3)


def test_false_captions_are_one_a_kind_and_none_is_the_true_one(pictures: CaptionedPictures) -> None:
    kinds = set()
    for true in (caption for captions in pictures.captions for caption in captions):
        assert true.words and true.false
        assert all(false.words != true.words for false in true.false)
        assert len({false.kind for false in true.false}) == len(true.false)
        kinds |= {false.kind for false in true.false}
    assert kinds == set(KINDS)


def test_false_captions_keep_the_sentence_but_for_a_few_words(pictures: CaptionedPictures) -> None:
    """One fact is exchanged: most of the words of the true caption are still there."""
    kept = [
        len(set(true.words) & set(false.words)) / len(set(true.words))
        for captions in pictures.captions
        for true in captions
        for false in true.false
    ]
    assert np.median(kept) > 0.75


def test_training_and_validation_share_no_picture(folder: Path, pictures: CaptionedPictures) -> None:
    validation = CaptionedPictures.read(folder / "validation").pixels
    assert not {row.tobytes() for row in pictures.pixels} & {row.tobytes() for row in validation}


def test_a_killed_run_is_continued_to_the_same_bytes(
    folder: Path, tmp_path: Path, kill_when: KillWhen, digests: Digests
) -> None:
    killed = tmp_path / "train"
    kill_when(
        f"from pathlib import Path; from unsup_asr.corpora.mini.clip_pictures import *; "
        f"make_mini_pictures({CONFIG!r}, 0, 'train', Path({str(killed)!r}))",
        lambda: (killed / "parts" / "200" / "captions.jsonl").exists(),
    )
    assert not (killed / "captions.jsonl").exists()
    make_mini_pictures(CONFIG, 0, "train", killed)
    assert digests(killed) == digests(folder / "train")
