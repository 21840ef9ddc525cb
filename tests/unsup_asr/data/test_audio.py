"""Reading recordings: the samples that were meant, or an error that says what is wrong with the file."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from unsup_asr.data.audio import read_audio, write_audio
from unsup_asr.errors import InputError

RATE = 16000


def tone(rate: int, seconds: float = 1.0, pitch: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * pitch * np.arange(round(rate * seconds)) / rate)


def test_sixteen_bit_samples_come_back_exactly(tmp_path: Path) -> None:
    pcm = np.array([-32768, -1, 0, 1, 12345, 32767], dtype=np.int16)
    write_audio(tmp_path / "a.wav", pcm / np.float32(32768), RATE)
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav"), pcm / np.float32(32768))
    assert read_audio(tmp_path / "a.wav").dtype == np.float32


def test_writing_clips_and_is_deterministic(tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav"):
        write_audio(tmp_path / name, np.array([2.0, -2.0, 0.25]), RATE)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.wav", "b.wav"]
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav"), [1, -1, 0.25], atol=1e-4)


@pytest.mark.parametrize("samples", [np.array([0.0, np.nan]), np.zeros((2, 3))])
def test_what_is_no_recording_is_not_written(tmp_path: Path, samples: np.ndarray) -> None:
    with pytest.raises(ValueError, match="finite samples"):
        write_audio(tmp_path / "a.wav", samples, RATE)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("own_rate", [8000, 22050, 44100, 48000])
def test_another_rate_becomes_the_one_wanted(tmp_path: Path, own_rate: int) -> None:
    soundfile.write(tmp_path / "a.wav", tone(own_rate), own_rate, subtype="FLOAT")
    samples = read_audio(tmp_path / "a.wav", RATE)
    assert len(samples) == RATE
    middle = slice(RATE // 10, -RATE // 10)  # away from the resampler's edges
    np.testing.assert_allclose(samples[middle], tone(RATE)[middle], atol=1e-3)


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = tone(RATE), tone(RATE, pitch=900)
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], axis=1), RATE, subtype="FLOAT")
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav"), (left + right) / 2, atol=1e-6)


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_a_stretch_is_the_same_as_cutting_the_whole(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.random.default_rng(0).uniform(-1, 1, RATE), RATE)
    whole = read_audio(path)
    np.testing.assert_array_equal(read_audio(path, offset=0.25, duration=0.5), whole[4000:12000])
    np.testing.assert_array_equal(read_audio(path, offset=0.25), whole[4000:])


def refused(path: Path, said: str, **stretch: float) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_audio(path, **stretch)
    assert caught.value.where == path
    assert caught.value.remedy


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    refused(tmp_path / "gone.wav", "gone.wav: cannot be read: No such file")
    refused(tmp_path, "cannot be read|is empty|Is a directory")


def test_an_empty_file_and_a_recording_without_samples_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    refused(tmp_path / "a.wav", "is empty")
    soundfile.write(tmp_path / "b.wav", np.zeros(0), RATE)
    refused(tmp_path / "b.wav", "holds no samples")


def test_what_is_no_audio_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("<html>404 Not Found</html>")
    refused(tmp_path / "a.wav", "not readable as audio")


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_a_truncated_recording_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 5 * RATE), RATE)
    read_audio(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refused(path, "truncated|cut short")


def test_a_wav_cut_short_by_one_sample_is_refused(tmp_path: Path) -> None:
    write_audio(tmp_path / "a.wav", tone(RATE), RATE)
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:-2])
    refused(tmp_path / "a.wav", "truncated: its header promises 32044 bytes, there are 32042")


def test_a_wav_from_a_pipe_does_not_know_its_length(tmp_path: Path) -> None:
    write_audio(tmp_path / "a.wav", tone(RATE), RATE)
    raw = bytearray((tmp_path / "a.wav").read_bytes())
    raw[4:8] = raw[40:44] = b"\xff" * 4
    (tmp_path / "a.wav").write_bytes(raw)
    assert len(read_audio(tmp_path / "a.wav")) == RATE


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_not_finite_are_refused_with_their_time(tmp_path: Path, value: float) -> None:
    samples = tone(RATE)
    samples[8000] = value
    soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")
    refused(tmp_path / "a.wav", "a sample at 0.500 s is not finite")
    refused(tmp_path / "a.wav", "a sample at 0.500 s is not finite", offset=0.25)


def test_a_stretch_outside_the_recording_is_refused(tmp_path: Path) -> None:
    write_audio(tmp_path / "a.wav", tone(RATE), RATE)
    refused(tmp_path / "a.wav", "offset 1 s lies outside its 1 s", offset=1.0)
    refused(tmp_path / "a.wav", "offset -1 s lies outside", offset=-1.0)
    refused(tmp_path / "a.wav", "0.8 s are promised, there are 0.5 s from 0.5 s on", offset=0.5, duration=0.8)
    refused(tmp_path / "a.wav", "duration 0.0 s holds no sample", duration=0.0)
    assert len(read_audio(tmp_path / "a.wav", duration=1.05)) == RATE  # headers and manifests round
