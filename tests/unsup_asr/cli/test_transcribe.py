"""The language of tones through the command line."""

import json
from dataclasses import replace

import pytest

from segmenters.segmentation import Segmentation, write_segmentations
from unsup_asr.cli.main import main
from unsup_asr.data.manifest import Utterance, Word, write_manifest
from unsup_asr.speech_to_text import SpeechToText


@pytest.fixture
def transcribe(tone_run):
    def call(*words: object) -> int:
        return main(["transcribe", "--model", str(tone_run), *map(str, words)])

    return call


@pytest.fixture
def manifest(write_tones, say_tones, tmp_path):
    """Two utterances with word times."""
    utterances = []
    for id, said in {"one/a": ["red", "dog"], "two": ["big"]}.items():
        name = id.replace("/", "-")
        path = write_tones(*said, name=f"{name}.wav")
        _, segmentation = say_tones(said)
        words = tuple(Word(w, s.start, s.end) for w, s in zip(said, segmentation.spans, strict=True))
        utterances.append(Utterance(id, path, segmentation.duration, "en", words=words))
    write_manifest(tmp_path / "test.jsonl", utterances)
    return tmp_path / "test.jsonl"


def test_text_goes_to_stdout_a_line_a_recording(transcribe, write_tones, capsys):
    first, second = write_tones("red", "dog", name="1.wav"), write_tones("big", name="2.wav")
    assert transcribe(first, second) == 0
    out, err = capsys.readouterr()
    assert out == "red dog\nbig\n"
    assert (
        err
        == "the model was trained on true word times; 'energy' finds the words here (--segmenter chooses)\n"
    )


def test_json_goes_to_stdout_an_object_a_line(transcribe, write_tones, capsys):
    assert transcribe(write_tones("red", "dog"), write_tones("big", name="2.wav"), "-f", "json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["id"], row["text"]) for row in rows] == [("tones", "red dog"), ("2", "big")]
    assert set(rows[0]) >= {"text", "segments", "words", "language"}


def test_one_recording_may_go_to_stdout_as_subtitles(transcribe, write_tones, capsys):
    assert transcribe(write_tones("red", "dog"), "-f", "vtt") == 0
    assert capsys.readouterr().out.startswith("WEBVTT\n\n00:00:00.")


@pytest.mark.parametrize("more", [["-f", "txt,json"], ["-f", "srt"], ["--skip-existing"]])
def test_what_stdout_cannot_hold_is_refused(transcribe, write_tones, capsys, more):
    assert transcribe(write_tones("red"), write_tones("dog", name="2.wav"), *more) == 2
    assert "output_dir" in capsys.readouterr().err


def test_a_folder_gets_a_file_for_each_format(transcribe, write_tones, tmp_path, capsys):
    out = tmp_path / "out"
    paths = write_tones("red", "dog", name="1.wav"), write_tones("big", name="2.wav")
    assert transcribe(*paths, "-f", "txt,json,srt,vtt,tsv", "--output_dir", out) == 0
    assert capsys.readouterr().out == ""
    names = {f"{stem}.{format}" for stem in "12" for format in ("txt", "json", "srt", "vtt", "tsv")}
    assert {path.name for path in out.iterdir()} == names
    assert (out / "1.txt").read_text() == "red dog\n"


def test_what_is_there_is_passed_over(transcribe, write_tones, tmp_path):
    out = tmp_path / "out"
    paths = write_tones("red", name="1.wav"), write_tones("big", name="2.wav")
    out.mkdir()
    (out / "1.txt").write_text("mine\n")
    assert transcribe(*paths, "--output_dir", out, "--skip-existing") == 0
    assert [(out / name).read_text() for name in ("1.txt", "2.txt")] == ["mine\n", "big\n"]
    assert transcribe(*paths, "--output_dir", out, "--skip-existing") == 0
    assert transcribe(*paths, "--output_dir", out) == 0
    assert (out / "1.txt").read_text() == "red\n"


def test_bad_files_are_set_aside_and_the_others_done(transcribe, write_tones, tmp_path, capsys):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    assert transcribe(broken, write_tones("red"), tmp_path / "gone.wav") == 3
    out, err = capsys.readouterr()
    assert out == "red\n"
    listed = [line for line in err.splitlines() if line.startswith("set aside: ")]
    assert len(listed) == 2
    assert "broken.wav" in listed[0] and "gone.wav" in listed[1]


def test_where_none_can_be_used_it_failed(transcribe, tmp_path, capsys):
    assert transcribe(tmp_path / "gone.wav") == 1
    assert capsys.readouterr().out == ""


def test_manifests_are_heard_utterance_by_utterance(transcribe, manifest, tmp_path, capsys):
    assert transcribe(manifest, "-f", "json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["id"], row["text"]) for row in rows] == [("one/a", "red dog"), ("two", "big")]
    assert transcribe(manifest, "--output_dir", tmp_path / "out") == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"one_a.txt", "two.txt"}


def test_true_word_times_are_used_where_asked_for(transcribe, manifest, say_tones, capsys):
    assert transcribe(manifest, "--segmenter", "gold", "-f", "json") == 0
    out, err = capsys.readouterr()
    row = json.loads(out.splitlines()[0])
    spans = say_tones(["red", "dog"])[1].spans
    assert [(word["start"], word["end"]) for word in row["words"]] == [(s.start, s.end) for s in spans]
    assert err == ""


def test_true_word_times_cannot_be_had_of_a_bare_recording(transcribe, write_tones, capsys):
    assert transcribe(write_tones("red"), "--segmenter", "gold") == 1
    assert "has no word times" in capsys.readouterr().err


def test_word_times_come_from_a_file(transcribe, manifest, write_tones, say_tones, tmp_path, capsys):
    recording = write_tones("red", "dog")
    found = Segmentation("tones", 0.95, say_tones(["red", "dog"])[1].spans[:1], "by hand")
    write_segmentations(tmp_path / "words.jsonl", [found])
    assert transcribe(recording, "--segmenter", tmp_path / "words.jsonl") == 0
    assert capsys.readouterr().out == "red\n"
    assert transcribe(recording, manifest, "--segmenter", manifest) == 3
    out, err = capsys.readouterr()
    assert out == "red dog\nbig\n"
    assert "tones: is not among the 2 segmentations given" in err


@pytest.mark.parametrize("method", ["uniform", "energy"])
def test_methods_have_their_names(transcribe, write_tones, capsys, method):
    assert transcribe(write_tones("dog", "dog", "dog"), "--segmenter", method) == 0
    assert set(capsys.readouterr().out.split()) == {"dog"}


@pytest.mark.parametrize("words", [["--segmenter", "magic"], ["--device", "abacus"]])
def test_unknown_segmenters_and_devices_are_usage(transcribe, write_tones, capsys, words):
    assert transcribe(write_tones("red"), *words) == 2
    assert words[1] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("segmenter", "status", "fault"),
    [
        ("gradseg", 2, "gradseg has to learn before it finds words (give the folder of one that has)"),
        (".", 1, "no segmenter can be read from it"),
    ],
)
def test_segmenters_that_have_learned_nothing_are_refused(
    transcribe, write_tones, capsys, segmenter, status, fault
):
    assert transcribe(write_tones("red"), "--segmenter", segmenter) == status
    assert fault in capsys.readouterr().err


def test_true_words_of_two_recordings_of_one_name_are_not_confused(transcribe, manifest, tmp_path, capsys):
    (tmp_path / "again.jsonl").write_bytes(manifest.read_bytes())
    assert transcribe(manifest, tmp_path / "again.jsonl", "--segmenter", "gold") == 2
    assert "are both called 'one_a'" in capsys.readouterr().err


def test_two_recordings_of_one_name_are_refused(transcribe, write_tones, tmp_path, capsys):
    paths = write_tones("red", name="a/x.wav"), write_tones("dog", name="b/x.wav")
    assert transcribe(*paths, "--output_dir", tmp_path / "out") == 2
    assert "both called 'x'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_model_that_finds_its_words_needs_no_warning(tone_model, tmp_path, write_tones, capsys):
    config = replace(tone_model.config, trained_on_gold_times=False)
    parts = tone_model.decoder.vocabulary, tone_model.decoder.generator, tone_model.arpa, tone_model.encoder
    SpeechToText(config, *parts).save_pretrained(tmp_path / "model")
    assert main(["transcribe", "--model", str(tmp_path / "model"), str(write_tones("red"))]) == 0
    assert capsys.readouterr() == ("red\n", "")
