"""Durations by header: as soundfile tells them, and a reason for each kind of fault."""

import numpy as np
import pytest
import soundfile

from tests.unsup_asr.corpora.published.media import truncate, write_recording
from unsup_asr.corpora.published.recordings import EMPTY, MISSING, TRUNCATED, UNREADABLE, probe
from unsup_asr.data.audio import AudioHeader


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_durations_are_those_of_the_samples(suffix, tmp_path):
    path = write_recording(tmp_path / f"a.{suffix}", 0.7, 22050)
    samples, rate = soundfile.read(path)
    (told,) = probe([path])
    assert told == AudioHeader(pytest.approx(len(samples) / rate, abs=1e-9), rate)


def test_every_fault_has_its_reason(tmp_path):
    whole = write_recording(tmp_path / "whole.wav")
    truncate(cut := write_recording(tmp_path / "cut.wav"))
    (nothing := tmp_path / "nothing.wav").write_bytes(b"")
    (noise := tmp_path / "noise.wav").write_bytes(b"this is no sound" * 9)
    soundfile.write(header := tmp_path / "header.wav", np.zeros(0), 16000)
    (folder := tmp_path / "folder.wav").mkdir()
    below_a_file = whole / "more.wav"
    told = probe([whole, cut, nothing, noise, header, folder, below_a_file, tmp_path / "none.wav"])
    assert told == [
        AudioHeader(0.25, 16000),
        TRUNCATED,
        EMPTY,
        UNREADABLE,
        EMPTY,
        UNREADABLE,
        MISSING,
        MISSING,
    ]


def test_many_come_back_in_their_order(tmp_path):
    paths = [write_recording(tmp_path / f"{n}.wav", 0.001 * (n + 1), 1000) for n in range(7)]
    order = [n * 5 % 7 for n in range(1000)]
    told = [header.duration for header in probe([paths[n] for n in order])]
    assert told == pytest.approx([0.001 * (n + 1) for n in order])


def test_none_is_none():
    assert probe([]) == []
