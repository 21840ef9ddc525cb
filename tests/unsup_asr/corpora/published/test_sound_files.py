"""Recordings and pictures that are looked at."""

from pathlib import Path

import pytest

from tests.unsup_asr.corpora.published.media import write_picture, write_recording
from unsup_asr.corpora.published.sound_files import with_sound_files
from unsup_asr.data.manifest import Utterance


def test_durations_are_filled_in_and_what_is_broken_goes(tmp_path):
    heard, seen = write_recording(tmp_path / "a.wav", 0.5), write_picture(tmp_path / "a.png")
    whole = Utterance("whole", heard, 0.0, "en", image_filepath=seen, text="a boat")
    unseen = Utterance("unseen", heard, 0.0, "en")
    mute = Utterance("mute", tmp_path / "none.wav", 0.0, "en", image_filepath=tmp_path / "none.png")
    blind = Utterance("blind", heard, 0.0, "en", image_filepath=Path(tmp_path / "none.png"))
    found = with_sound_files({"train": [whole, mute], "test": [unseen, blind], "validation": []})
    assert {split: [u.id for u in us] for split, us in found.kept.items()} == {
        "train": ["whole"], "test": ["unseen"], "validation": [],
    }  # fmt: skip
    (train,) = found.kept["train"]
    assert train.duration == pytest.approx(0.5) and train.text == "a boat"
    assert [(each.id, each.split, each.reason, each.broken) for each in found.broken] == [
        ("mute", "train", "recording is missing", True),
        ("blind", "test", "picture is missing", True),
    ]


def test_recordings_of_other_rates_are_told(tmp_path):
    rates = {"a": 16000, "b": 44100, "c": 8000}
    heard = {id: write_recording(tmp_path / f"{id}.wav", 0.25, rate) for id, rate in rates.items()}
    mute = Utterance("d", write_recording(tmp_path / "d.wav", 0.25, 8000), 0.0, "en", image_filepath=tmp_path)
    utterances = [Utterance(id, path, 0.0, "en") for id, path in heard.items()]
    found = with_sound_files({"train": utterances[:2], "test": [*utterances[2:], mute]})
    assert found.other_rates == {"b": 44100, "c": 8000}
