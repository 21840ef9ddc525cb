import numpy as np
import pytest

from unsup_asr.data.captioned_pictures import CaptionedPictures, FalseCaption, TrueCaption


@pytest.fixture
def pictures() -> CaptionedPictures:
    false = FalseCaption("colour", ("a", "white", "dog"))
    captions = [[TrueCaption(("a", "black", "dog"), (false, false))], [TrueCaption(("café",), ())], []]
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 3), dtype=np.uint8)
    return CaptionedPictures(pixels, captions)


def test_they_are_read_as_written(pictures, tmp_path):
    pictures.write(tmp_path / "new")
    back = CaptionedPictures.read(tmp_path / "new")
    assert back.captions == pictures.captions
    np.testing.assert_array_equal(back.pixels, pictures.pixels)
    assert back.pixels.dtype == np.uint8


def test_pixels_stay_on_disk_until_they_are_looked_at(pictures, tmp_path):
    pictures.write(tmp_path)
    back = CaptionedPictures.read(tmp_path)
    assert isinstance(back.pixels, np.memmap)
    assert not back.pixels.flags.writeable
