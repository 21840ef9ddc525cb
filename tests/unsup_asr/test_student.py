"""A student by itself: saved, loaded, listening."""

import json

import numpy as np
import pytest
import torch

from unsup_asr.errors import InputError
from unsup_asr.student import Student, student_folder


def test_it_writes_down_files_and_samples(tone_student, write_tones, say_tones):
    path = write_tones("red", "dog")
    samples, _ = say_tones(["big", "big"])
    texts = tone_student.transcribe_all([path, samples])
    assert [text.text for text in texts] == ["red dog", "big big"]
    assert tone_student.transcribe(path) == texts[0]
    assert tone_student.transcribe_all([]) == []


def test_loaded_it_writes_what_it_wrote(tone_student, student_run, write_tones, tmp_path):
    path = write_tones("dog", "red", "big")
    for folder in (student_run, student_run / "student"):
        loaded = Student.from_pretrained(folder)
        assert loaded.transcribe(path) == tone_student.transcribe(path)
        assert loaded.config == tone_student.config
    loaded.save_pretrained(tmp_path)
    for name in ("config.json", "model.safetensors", "units.json", "lm.arpa.gz", "README.md"):
        assert (tmp_path / name).read_bytes() == (student_run / "student" / name).read_bytes()


def test_the_card_says_what_it_is(student_run):
    card = (student_run / "student" / "README.md").read_text()
    assert "3 English words" in card and "3 units (clip_pieces)" in card and "from_pretrained" in card
    assert "model.safetensors" in card


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros((2, 2)), np.full(9, np.nan)])
def test_samples_that_are_none_are_refused(tone_student, samples):
    with pytest.raises(InputError, match="finite samples"):
        tone_student.transcribe(samples)


def test_a_folder_without_a_student_is_refused(tone_run, tmp_path):
    assert student_folder(tone_run) is None
    for folder in (tone_run, tone_run / "model", tmp_path):
        with pytest.raises(InputError, match="no student"):
            Student.from_pretrained(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "units.json", "lm.arpa.gz"])
def test_a_damaged_student_is_refused(tone_student, tmp_path, name):
    tone_student.save_pretrained(tmp_path)
    (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(InputError, match="cannot be read"):
        Student.from_pretrained(tmp_path)


def test_weights_of_other_sizes_are_refused(tone_student, tmp_path):
    tone_student.save_pretrained(tmp_path)
    values = json.loads((tmp_path / "config.json").read_text())
    values["network"]["width"] = 16
    (tmp_path / "config.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match="cannot be read"):
        Student.from_pretrained(tmp_path)


def test_features_that_are_not_finite_are_refused(tone_student, monkeypatch, say_tones):
    monkeypatch.setattr(
        tone_student.encoder, "encode", lambda samples: torch.full((3, 20), torch.nan), raising=False
    )
    with pytest.raises(InputError, match="not finite"):
        tone_student.transcribe(say_tones(["red"])[0])
