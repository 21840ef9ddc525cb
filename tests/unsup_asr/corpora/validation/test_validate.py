"""Every fault planted at once is found where it stands, and a corpus without is clean."""

import json

import numpy as np
import pytest

from unsup_asr.corpora.validation import speech, validate
from unsup_asr.corpora.validation.faults import Fault
from unsup_asr.data.audio import write_audio
from unsup_asr.errors import InputError


@pytest.fixture
def record(tmp_path):
    return tmp_path / "record"


def test_a_faultless_corpus_is_clean(write_corpus, record, tmp_path):
    manifests = [write_corpus("train.jsonl", "abc"), write_corpus("test.jsonl", "de")]
    (tmp_path / "captions.txt").write_text("a dog\n")
    found = validate.validate(manifests, record, [tmp_path / "captions.txt"], deep=True)
    assert (found.findings, found.entries, found.faulty) == ((), 5, 0)
    assert found.hours == pytest.approx(5 / 3600)
    assert not record.exists()


def test_every_fault_is_found_where_it_stands(write_corpus, record, tmp_path):
    late = {"words": [{"word": "late", "start": 0.5, "end": 7.0}]}
    sentence = "one two three four five six seven eight nine ten eleven twelve thirteen"
    train = write_corpus(
        "train.jsonl", "abcdefghijklmno",
        b="{", c=late, d={"id": "a"}, e={"audio_filepath": "gone.wav"}, h={"duration": 2.0},
        n={"audio_filepath": "a.wav"}, o={"duration": 0.5},
    )  # fmt: skip
    test = write_corpus(
        "test.jsonl", "pqrs",
        p={"image_filepath": "a.png"}, q={"audio_filepath": "a.wav", "image_filepath": "gone.png"},
        r={"text": sentence}, s={"text": "one"},
    )  # fmt: skip
    (tmp_path / "f.wav").write_bytes(b"")
    (tmp_path / "g.wav").write_bytes(b"no sound at all")
    write_audio(tmp_path / "i.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 2000), 2000)
    write_audio(tmp_path / "j.wav", np.random.default_rng(1).uniform(-0.5, 0.5, 8000), 8000)
    write_audio(tmp_path / "k.wav", np.zeros(16000), 16000)
    write_audio(tmp_path / "l.wav", np.sign(np.sin(np.arange(16000) / 20)), 16000)
    (tmp_path / "m.png").write_bytes(b"no picture")
    (tmp_path / "captions.txt").write_text(f"one\n{sentence}\n")
    found = validate.validate([train, test], record, [tmp_path / "captions.txt"], deep=True)
    assert [(each.manifest.stem, each.line, each.fault) for each in found.findings] == [
        ("train", 2, Fault.ROW),
        ("train", 3, Fault.WORD_TIMES),
        ("train", 4, Fault.DUPLICATE_ID),
        ("train", 5, Fault.MISSING_RECORDING),
        ("train", 6, Fault.EMPTY_RECORDING),
        ("train", 7, Fault.CORRUPT_RECORDING),
        ("train", 8, Fault.DURATION),
        ("train", 9, Fault.RATE),
        ("train", 10, Fault.LOW_RATE),
        ("train", 11, Fault.SILENT),
        ("train", 12, Fault.CLIPPED),
        ("train", 13, Fault.CORRUPT_PICTURE),
        ("train", 14, Fault.DUPLICATE_RECORDING),
        ("train", 15, Fault.DURATION),
        ("test", 1, Fault.PICTURE_LEAK),
        ("test", 2, Fault.MISSING_PICTURE),
        ("test", 2, Fault.RECORDING_LEAK),
        ("test", 3, Fault.CAPTION_LEAK),
        ("test", 4, Fault.SHORT_CAPTION_LEAK),
    ]
    assert set(found.counts) == set(Fault)
    assert (found.entries, found.faulty) == (19, 16)


def test_stretches_of_one_recording_are_not_cut_short(write_corpus, record):
    halves = {"audio_filepath": "a.wav", "duration": 0.5}
    manifest = write_corpus("m.jsonl", "abc", a=halves, b={**halves, "offset": 0.5})
    assert validate.validate([manifest], record).findings == ()


def test_without_decoding_copies_are_told_by_their_path_alone(write_corpus, record, tmp_path):
    train, test = write_corpus("train.jsonl", "a"), write_corpus("test.jsonl", "b")
    for suffix in ("wav", "png"):
        (tmp_path / f"b.{suffix}").write_bytes((tmp_path / f"a.{suffix}").read_bytes())
    assert validate.validate([train, test], record).findings == ()
    deep = validate.validate([train, test], record, deep=True)
    assert set(deep.counts) == {Fault.RECORDING_LEAK, Fault.PICTURE_LEAK}


def test_manifests_of_one_split_may_share_pictures(write_corpus, record):
    english = write_corpus("train_en.jsonl", "a")
    hindi = write_corpus("train_hi.jsonl", "b", b={"image_filepath": "a.png"})
    assert validate.validate([english, hindi], record).findings == ()


def test_what_was_found_good_before_is_not_examined_again(write_corpus, record, tmp_path, monkeypatch):
    manifest = write_corpus("m.jsonl", "abcd", b={"audio_filepath": "late.wav"})
    examined: list[str] = []

    def watched(entry, deep):
        if entry.utterance.id == "d" and "d" not in examined:
            examined.append("d")
            raise KeyboardInterrupt
        examined.append(entry.utterance.id)
        return speech.examine_speech(entry, deep)

    monkeypatch.setattr(validate, "examine_speech", watched)
    monkeypatch.setattr(validate, "_BATCH", 1)
    monkeypatch.setattr(validate, "_THREADS", 1)
    with pytest.raises(KeyboardInterrupt):
        validate.validate([manifest], record)
    assert len(record.read_text().splitlines()) == 4  # its head, and a, b, c
    assert examined == ["a", "b", "c", "d"]
    (tmp_path / "late.wav").write_bytes((tmp_path / "b.wav").read_bytes())
    assert validate.validate([manifest], record).findings == ()
    assert examined[4:] == ["b", "d"]


def test_manifests_and_captions_that_cannot_be_read_are_refused(write_corpus, record, tmp_path):
    manifest = write_corpus("m.jsonl", "a")
    with pytest.raises(InputError, match=r"gone\.jsonl: cannot be read"):
        validate.validate([manifest, tmp_path / "gone.jsonl"], record)
    with pytest.raises(InputError, match=r"gone\.txt: cannot be read"):
        validate.validate([manifest], record, [tmp_path / "gone.txt"])
    assert not record.exists()


def test_findings_are_written_as_rows(write_corpus, record):
    manifest = write_corpus("m.jsonl", "ab", b={"audio_filepath": "gone.wav"})
    (finding,) = validate.validate([manifest], record).findings
    row = json.loads(json.dumps(finding.row))
    assert row["id"] == "b" and row["manifest"] == str(manifest) and row["line"] == 2
    assert row["fault"] == "recording is missing" and "gone.wav: No such file" in row["detail"]
