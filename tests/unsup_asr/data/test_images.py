"""Reading pictures: RGB and upright, or an error that says what is wrong with the file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unsup_asr.data.images import read_image
from unsup_asr.errors import InputError

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def test_pixels_come_back(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    np.testing.assert_array_equal(np.asarray(read_image(tmp_path / "a.png")), PIXELS)


def test_grey_becomes_rgb(tmp_path: Path) -> None:
    Image.fromarray(PIXELS[..., 0]).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png")
    np.testing.assert_array_equal(np.asarray(image), np.repeat(PIXELS[..., :1], 3, axis=2))


def test_a_photograph_taken_sideways_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90° clockwise to see it upright
    Image.fromarray(PIXELS).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(np.asarray(read_image(tmp_path / "a.png")), np.rot90(PIXELS, -1))


def refused(path: Path, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_image(path)
    assert caught.value.where == path
    assert caught.value.remedy


def test_missing_and_foreign_files_are_refused(tmp_path: Path) -> None:
    refused(tmp_path / "gone.png", "No such file")
    refused(tmp_path, "Is a directory")
    (tmp_path / "a.jpg").write_text("<html>404 Not Found</html>")
    refused(tmp_path / "a.jpg", "is no picture")
    (tmp_path / "b.jpg").touch()
    refused(tmp_path / "b.jpg", "is no picture")


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_truncated_pictures_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(PIXELS).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refused(path, "damaged or cut short")


def test_a_damaged_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(PIXELS).save(path)
    raw = bytearray(path.read_bytes())
    raw[60:70] = bytes(10)
    path.write_bytes(raw)
    refused(path, "damaged or cut short")
