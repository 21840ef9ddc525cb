"""Who writes recordings down: the student where there is one, unless a segmenter is named."""

import json

import pytest

from unsup_asr.cli.listeners import SegmentListener, StudentListener, listener
from unsup_asr.cli.main import main
from unsup_asr.errors import InputError


def test_the_student_listens_unless_a_segmenter_is_named(student_run, tone_run):
    assert isinstance(listener(student_run, None, None, "cpu", []), StudentListener)
    assert isinstance(listener(student_run, "energy", None, "cpu", []), SegmentListener)
    assert isinstance(listener(tone_run, None, None, "cpu", []), SegmentListener)


def test_a_folder_without_any_model_is_refused(tmp_path):
    with pytest.raises(InputError):
        listener(tmp_path, None, None, "cpu", [])


def test_bad_files_are_set_aside_and_the_others_keep_their_order(student_run, write_tones, tmp_path, capsys):
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    files = [write_tones("red", "dog", name="1.wav"), tmp_path / "bad.wav", write_tones("big", name="2.wav")]
    status = main(["transcribe", "--model", str(student_run), "-f", "json", *map(str, files)])
    out, err = capsys.readouterr()
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["id"], row["text"], row["language"]) for row in rows] == [
        ("1", "red dog", "en"),
        ("2", "big", "en"),
    ]
    assert status != 0 and "bad" in err


def test_what_is_waiting_is_written_after_some_minutes(student_run, write_tones, capsys, monkeypatch):
    """At half a second at once, every recording is a batch of its own."""
    files = [str(write_tones(word, "red", name=f"{word}.wav")) for word in ("red", "big", "dog")]
    words = ["transcribe", "--model", str(student_run), *files]
    assert main(words) == 0
    together = capsys.readouterr().out
    monkeypatch.setattr("unsup_asr.cli.listeners._AT_ONCE", 0.5)
    assert main(words) == 0
    assert capsys.readouterr().out == together == "red red\nbig red\ndog red\n"
