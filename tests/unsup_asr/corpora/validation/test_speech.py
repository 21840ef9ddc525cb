"""Planted faults of recordings, each found, and nothing else."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.corpora.validation.entries import Entry
from unsup_asr.corpora.validation.faults import Fault
from unsup_asr.corpora.validation.speech import clipped_share, examine_speech, loudest_frame
from unsup_asr.data.audio import write_audio
from unsup_asr.data.manifest import Utterance

RATE = 16000


def entry(path: Path, duration: float = 1.0, offset: float = 0.0, words_end: float = 0.0) -> Entry:
    return Entry(Path("m.jsonl"), 1, "train", Utterance("a", path, duration, "en", offset), words_end)


def faults(examined) -> list[Fault]:
    return [fault for fault, _ in examined.faults]


def sine(level: float, seconds: float = 1.0) -> np.ndarray:
    return level * np.sin(2 * np.pi * 200 * np.arange(round(seconds * RATE)) / RATE)


@pytest.mark.parametrize("deep", [False, True])
def test_a_good_recording_has_no_fault(record_sound, deep):
    examined = examine_speech(entry(record_sound("a.wav")), deep)
    assert (examined.faults, examined.seconds) == ((), 1.0)
    assert (examined.digest is not None) == deep


def test_missing_empty_and_corrupt_recordings_are_told_apart(tmp_path, record_sound):
    whole = record_sound("a.wav").read_bytes()
    contents = {"none": b"", "noise": b"noise" * 9, "cut": whole[:9000], "head": whole[:44]}
    for name, content in contents.items():
        (tmp_path / f"{name}.wav").write_bytes(content)
    write_audio(tmp_path / "still.wav", np.zeros(0), RATE)
    found = {
        name: faults(examine_speech(entry(tmp_path / f"{name}.wav"), False))
        for name in (*contents, "still", "gone")
    }
    assert found == {
        "none": [Fault.EMPTY_RECORDING],
        "noise": [Fault.CORRUPT_RECORDING],
        "cut": [Fault.CORRUPT_RECORDING],
        "head": [Fault.CORRUPT_RECORDING],
        "still": [Fault.EMPTY_RECORDING],
        "gone": [Fault.MISSING_RECORDING],
    }


def test_a_name_that_no_file_can_have_is_that_of_none(tmp_path):
    assert faults(examine_speech(entry(tmp_path / "a\0.wav"), False)) == [Fault.MISSING_RECORDING]


def test_samples_without_a_header_are_no_recording(tmp_path):
    (tmp_path / "a.raw").write_bytes(bytes(64))
    assert faults(examine_speech(entry(tmp_path / "a.raw"), False)) == [Fault.CORRUPT_RECORDING]


def test_a_folder_is_no_recording(tmp_path):
    assert faults(examine_speech(entry(tmp_path), False)) == [Fault.CORRUPT_RECORDING]


@pytest.mark.parametrize(
    ("duration", "offset", "words_end", "expected"),
    [
        (1.05, 0.0, 1.05, []),
        (1.2, 0.0, 0.0, [Fault.DURATION]),
        (0.5, 0.4, 0.5, []),
        (0.5, 0.9, 0.1, [Fault.DURATION]),
        (0.05, 1.0, 0.0, [Fault.DURATION]),
        (1.2, 0.0, 1.2, [Fault.DURATION, Fault.WORD_TIMES]),
    ],
)
def test_what_lies_beyond_the_recording_is_found(record_sound, duration, offset, words_end, expected):
    path = record_sound("a.wav")
    assert faults(examine_speech(entry(path, duration, offset, words_end), False)) == expected


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (4000, [Fault.RATE]),
        (8000, [Fault.LOW_RATE]),
        (16000, []),
        (48000, []),
        (400_000, [Fault.RATE]),
    ],
)
def test_rates_are_told(record_sound, rate, expected):
    assert faults(examine_speech(entry(record_sound("a.wav", rate=rate)), False)) == expected


def test_a_low_rate_is_a_note_and_the_sound_is_still_heard(record_sound):
    assert examine_speech(entry(record_sound("a.wav", rate=8000)), True).digest is not None


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.zeros(RATE), [Fault.SILENT]),
        (sine(0.0005), [Fault.SILENT]),
        (sine(0.005), []),
        (sine(0.999), []),
        (np.clip(sine(1.5), -1, 1), [Fault.CLIPPED]),
    ],
)
def test_sound_is_judged_where_it_is_decoded(tmp_path, samples, expected):
    write_audio(tmp_path / "a.wav", samples, RATE)
    assert faults(examine_speech(entry(tmp_path / "a.wav"), True)) == expected
    assert faults(examine_speech(entry(tmp_path / "a.wav"), False)) == []


def test_only_the_utterance_is_heard(tmp_path):
    write_audio(tmp_path / "a.wav", np.concatenate([np.zeros(RATE), sine(0.5)]), RATE)
    assert faults(examine_speech(entry(tmp_path / "a.wav", 1.0, 0.0), True)) == [Fault.SILENT]
    assert faults(examine_speech(entry(tmp_path / "a.wav", 1.0, 1.0), True)) == []


def test_damage_behind_the_header_is_found_where_it_is_decoded(tmp_path, record_sound):
    samples, rate = soundfile.read(record_sound("a.wav"))
    soundfile.write(tmp_path / "a.flac", samples, rate)
    content = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "a.flac").write_bytes(content[: len(content) // 2])
    assert faults(examine_speech(entry(tmp_path / "a.flac"), False)) == []
    assert faults(examine_speech(entry(tmp_path / "a.flac"), True)) == [Fault.CORRUPT_RECORDING]


def test_copies_have_one_digest_whatever_their_format_and_rounding(tmp_path, record_sound):
    path = record_sound("a.wav")
    samples, rate = soundfile.read(path)
    soundfile.write(tmp_path / "b.flac", samples, rate)
    digest = examine_speech(entry(path), True).digest
    assert examine_speech(entry(tmp_path / "b.flac", 0.9996), True).digest == digest
    assert examine_speech(entry(record_sound("c.wav", seed=1)), True).digest != digest


def test_two_silences_are_not_the_same_recording(tmp_path):
    write_audio(tmp_path / "a.wav", np.zeros(RATE), RATE)
    assert examine_speech(entry(tmp_path / "a.wav"), True).digest is None


def test_the_loudest_frame_is_what_a_sine_has():
    quiet = np.concatenate([sine(0.01), sine(0.4)]).astype(np.float32)
    assert loudest_frame(quiet, RATE) == pytest.approx(0.4 / np.sqrt(2), rel=1e-4)
    assert loudest_frame(np.float32([0.5]), RATE) == 0.5


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), max_size=30))
def test_flat_tops_are_counted_as_one_by_one(samples):
    runs = sum(
        abs(samples[k]) == 1 and samples[k] == samples[k + 1] == samples[k + 2]
        for k in range(len(samples) - 2)
    )
    expected = runs / (len(samples) - 2) if len(samples) > 2 else 0.0
    assert clipped_share(np.float32(samples)) == pytest.approx(expected)
