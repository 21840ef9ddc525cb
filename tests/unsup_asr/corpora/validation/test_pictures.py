"""Planted faults of pictures."""

import pytest
from PIL import Image

from unsup_asr.corpora.validation.faults import Fault
from unsup_asr.corpora.validation.pictures import examine_picture


@pytest.fixture
def picture(tmp_path):
    noise = Image.effect_noise((64, 64), 50).convert("RGB")
    noise.save(tmp_path / "a.jpg")
    return tmp_path / "a.jpg"


@pytest.mark.parametrize("deep", [False, True])
def test_good_missing_and_corrupt_pictures_are_told_apart(tmp_path, picture, deep):
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.jpg").write_bytes(b"")
    found = {
        name: [fault for fault, _ in examine_picture(tmp_path / f"{name}.jpg", deep).faults]
        for name in ("a", "text", "empty", "gone")
    }
    assert found == {
        "a": [],
        "text": [Fault.CORRUPT_PICTURE],
        "empty": [Fault.CORRUPT_PICTURE],
        "gone": [Fault.MISSING_PICTURE],
    }


def test_a_picture_cut_short_is_found_where_it_is_decoded(picture):
    content = picture.read_bytes()
    picture.write_bytes(content[: len(content) // 2])
    assert examine_picture(picture, False).faults == ()
    ((fault, detail),) = examine_picture(picture, True).faults
    assert fault is Fault.CORRUPT_PICTURE and "cut short" in detail


def test_copies_have_one_digest_whatever_their_format(tmp_path, picture):
    with Image.open(picture) as image:
        image.save(tmp_path / "b.png")
        image.rotate(90).save(tmp_path / "c.png")
    digests = [examine_picture(tmp_path / name, True).digest for name in ("a.jpg", "b.png", "c.png")]
    assert digests[0] == digests[1] != digests[2]
    assert examine_picture(picture, False).digest is None
