"""What is embedded is what was there: decoded again by other means."""

import io
from base64 import b64decode

import numpy as np
import pytest
import soundfile
from PIL import Image

from unsup_asr.errors import InputError
from unsup_asr.reports.embedding import RATE, audio_uri, picture_uri, spectrogram_uri


def content(uri: str, kind: str) -> io.BytesIO:
    start = f"data:{kind};base64,"
    assert uri.startswith(start)
    return io.BytesIO(b64decode(uri.removeprefix(start), validate=True))


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


@pytest.mark.parametrize(
    ("size", "shown"), [((1200, 600), (320, 160)), ((600, 1200), (160, 320)), ((90, 60), (90, 60))]
)
def test_pictures_are_made_small_and_keep_their_shape(tmp_path, size, shown):
    Image.new("RGB", size, (200, 30, 60)).save(tmp_path / "picture.png")
    image = Image.open(content(picture_uri(tmp_path / "picture.png"), "image/jpeg"))
    assert image.size == shown
    middle = np.array(image.convert("RGB").getpixel((shown[0] // 2, shown[1] // 2)), dtype=int)
    assert np.abs(middle - [200, 30, 60]).max() <= 4


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "picture.png").write_text("none")
    with pytest.raises(InputError, match=r"picture\.png: is no picture"):
        picture_uri(tmp_path / "picture.png")


def test_sound_comes_back_as_it_was():
    samples, rate = soundfile.read(content(audio_uri(tone(1000.0)), "audio/mpeg"))
    assert rate == RATE
    assert len(samples) / RATE == pytest.approx(1.0, abs=0.15)
    spectrum = np.abs(np.fft.rfft(samples[4000:12000] * np.hanning(8000)))
    assert np.argmax(spectrum) * RATE / 8000 == pytest.approx(1000, abs=4)


@pytest.mark.parametrize("seconds", [0.5, 2.0, 30.0])
def test_a_spectrogram_is_as_wide_as_the_recording_is_long(seconds):
    image = Image.open(content(spectrogram_uri(tone(500.0, seconds)), "image/png"))
    assert image.height == 64
    assert image.width == pytest.approx(min(seconds * 100, 1200), abs=2)


def test_a_higher_tone_stands_higher_and_later_sound_further_right():
    def brightest(samples: np.ndarray) -> tuple[int, int]:
        image = np.asarray(Image.open(content(spectrogram_uri(samples), "image/png")))
        row, column = np.unravel_index(np.argmax(image), image.shape)
        return int(row), int(column)

    assert brightest(tone(4000.0))[0] < brightest(tone(300.0))[0]
    silence = np.zeros(RATE, dtype=np.float32)
    assert brightest(np.concatenate([silence, tone(500.0)]))[1] > 95
    assert brightest(np.concatenate([tone(500.0), silence]))[1] < 105
