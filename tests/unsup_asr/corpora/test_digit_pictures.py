"""Rows of digits for CLIP: true captions hold, false ones do not, whatever breaks off comes out the same."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unsup_asr.corpora.digit_language import NUMBER_WORDS
from unsup_asr.corpora.digit_pictures import DigitPicturesConfig, make_digit_pictures
from unsup_asr.data.captioned_pictures import CaptionedPictures

Digests = Callable[[Path], dict[str, str]]
KillWhen = Callable[[str, Callable[[], bool]], None]
ReadRow = Callable[[Image.Image], list[int]]
CONFIG = DigitPicturesConfig(train=210, validation=30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for split in ("train", "validation"):
        make_digit_pictures(CONFIG, (3, 7), 0, split, folder / split)
    return folder


@pytest.fixture(scope="module")
def pictures(folder: Path) -> CaptionedPictures:
    return CaptionedPictures.read(folder / "train")


def test_there_are_as_many_as_asked_for(folder: Path, pictures: CaptionedPictures) -> None:
    assert pictures.pixels.shape == (210, 32, 7 * 32, 3) and pictures.pixels.dtype == np.uint8
    assert [len(captions) for captions in pictures.captions] == [2] * 210
    assert CaptionedPictures.read(folder / "validation").pixels.shape == (30, 32, 7 * 32, 3)
    assert not (folder / "train" / "parts").exists()


def test_captions_name_as_many_digits_as_the_picture_shows(pictures: CaptionedPictures) -> None:
    inked = pictures.pixels.mean(axis=3).reshape(210, 32, 7, 32).min(axis=(1, 3)) < 150
    for shown, captions in zip(inked.sum(axis=1), pictures.captions, strict=True):
        assert {len(caption.words) for caption in captions} == {shown}
    assert set(inked.sum(axis=1)) == {3, 4, 5, 6, 7}


def test_captions_name_the_digits_that_the_picture_shows(folder: Path, read_row: ReadRow) -> None:
    """A reader that knows the handwriting of training alone finds what held-out pictures are said to show."""
    pictures = CaptionedPictures.read(folder / "validation")
    true, false, total = 0, 0, 0
    for pixels, captions in zip(pictures.pixels, pictures.captions, strict=True):
        shown = Counter(NUMBER_WORDS[digit] for digit in read_row(Image.fromarray(pixels)))
        for caption in captions:
            true += (shown & Counter(caption.words)).total()
            false += (shown & Counter(caption.false[0].words)).total()
            total += len(caption.words)
    assert true / total > 0.6
    assert true - false > 0.4 * 2 * len(pictures.captions)  # one digit a caption is false


def test_captions_of_a_picture_name_one_bag_in_several_orders(pictures: CaptionedPictures) -> None:
    for captions in pictures.captions:
        assert len({tuple(sorted(caption.words)) for caption in captions}) == 1
    assert sum(captions[0].words != captions[1].words for captions in pictures.captions) > 150


def test_false_captions_differ_by_one_digit_or_by_one_more_or_fewer(pictures: CaptionedPictures) -> None:
    lengths: Counter[tuple[int, int]] = Counter()
    for true in (caption for captions in pictures.captions for caption in captions):
        digit, count = true.false
        assert (digit.kind, count.kind) == ("digit", "count")
        assert len(digit.words) == len(true.words)
        assert sum(a != b for a, b in zip(digit.words, true.words, strict=True)) == 1
        more, fewer = Counter(count.words) - Counter(true.words), Counter(true.words) - Counter(count.words)
        assert more.total() + fewer.total() == 1
        lengths[len(true.words), len(count.words)] += 1
    both_ways = {(n, n + 1) for n in range(3, 7)} | {(n + 1, n) for n in range(3, 7)}
    assert lengths.keys() == both_ways  # never shorter or longer than a true caption


def test_rows_of_one_length_have_no_false_count(tmp_path: Path) -> None:
    make_digit_pictures(DigitPicturesConfig(train=3), (4, 4), 0, "train", tmp_path)
    captions = CaptionedPictures.read(tmp_path).captions
    assert {tuple(f.kind for f in caption.false) for row in captions for caption in row} == {("digit",)}


def test_all_digits_are_equally_frequent(pictures: CaptionedPictures) -> None:
    named = Counter(word for captions in pictures.captions for word in captions[0].words)
    expected = named.total() / 10
    assert named.keys() == set(NUMBER_WORDS)
    assert sum((found - expected) ** 2 / expected for found in named.values()) < 27.9  # p = 0.001 at 9 dof


def test_training_and_validation_share_no_picture(folder: Path, pictures: CaptionedPictures) -> None:
    validation = CaptionedPictures.read(folder / "validation").pixels
    assert not {row.tobytes() for row in pictures.pixels} & {row.tobytes() for row in validation}


def test_a_killed_run_is_continued_to_the_same_bytes(
    folder: Path, tmp_path: Path, kill_when: KillWhen, digests: Digests
) -> None:
    killed = tmp_path / "train"
    kill_when(
        f"from pathlib import Path; from unsup_asr.corpora.digit_pictures import *; "
        f"make_digit_pictures({CONFIG!r}, (3, 7), 0, 'train', Path({str(killed)!r}))",
        lambda: (killed / "parts" / "200" / "captions.jsonl").exists(),
    )
    assert not (killed / "captions.jsonl").exists()
    make_digit_pictures(CONFIG, (3, 7), 0, "train", killed)
    assert digests(killed) == digests(folder / "train")
