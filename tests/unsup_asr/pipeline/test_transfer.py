"""A model that knows the language of tones, on speech that it was not trained on."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch

from unsup_asr.cli.main import main
from unsup_asr.data.audio import write_audio
from unsup_asr.data.manifest import Utterance, Word, write_manifest
from unsup_asr.evaluation.recognition import wer
from unsup_asr.evaluation.results import Results
from unsup_asr.evaluation.scored import read_scored
from unsup_asr.files import read_jsonl, write_jsonl
from unsup_asr.speech_to_text import SpeechToText

SAID = ["red big dog", "dog dog big", "big red red", "red dog red", "big big dog"]


@pytest.fixture
def tone_manifest(tmp_path, say_tones, monkeypatch) -> Path:
    """Five utterances of three tones, with their words."""
    monkeypatch.chdir(tmp_path)
    utterances = []
    for number, text in enumerate(SAID):
        samples, segmentation = say_tones(text.split())
        write_audio(tmp_path / f"{number}.wav", samples, 16000)
        words = zip(text.split(), segmentation.spans, strict=True)
        utterances.append(
            Utterance(
                f"u{number}", tmp_path / f"{number}.wav", segmentation.duration, "en", text=text,
                words=tuple(Word(word, span.start, span.end) for word, span in words),
            )
        )  # fmt: skip
    write_manifest(tmp_path / "test.jsonl", utterances)
    return tmp_path / "test.jsonl"


@pytest.fixture
def transfer(tone_manifest, tone_run):
    """Runs the recipe; further words as given."""

    def call(*words: str) -> int:
        given = ["data.test=test.jsonl", f"model={tone_run}", "run_dir=run"]
        return main(["run", "librispeech_transfer", *given, *words])

    return call


def results() -> dict:
    return json.loads(Path("run/results.json").read_text())


def test_what_is_scored_is_what_transcribe_prints(transfer, tone_run, capsys):
    assert transfer() == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["run/results.json", "run/report.html"]
    row = results()
    assert set(row) == {field.name for field in fields(Results)}
    assert (row["segmentation"], row["test_uses_gold_times"], row["seed"]) == ("energy", False, None)
    assert row["retrieval_r1"] is None and row["captions_from"] is None
    assert [stage["name"] for stage in row["stages"]] == ["transfer"] and row["stages"][0]["wer"] == row[
        "wer"
    ]
    decoded = read_jsonl(Path("run/decoded/transfer.test.jsonl"))
    assert all(each["score"] < 0 for each in decoded)
    assert main(["transcribe", "--model", str(tone_run), "test.jsonl"]) == 0
    assert capsys.readouterr().out.splitlines() == [each["text"] for each in decoded]
    assert "transfer" in Path("run/report.html").read_text()


def test_true_times_and_chance(transfer):
    assert transfer("segmenter=gold") == 0
    row = results()
    assert (row["wer"], row["content_wer"], row["match_score"]) == (0, 0, None)
    assert row["boundary_f1"] == 100 and row["test_uses_gold_times"]
    assert row["chance_wer"] == wer(SAID, [*SAID[1:], SAID[0]])


def test_word_times_from_a_file_are_those_of_their_method(transfer, tone_manifest):
    rows = [
        {"id": row["id"], "duration": row["duration"], "words": row["words"], "method": "aligner"}
        for row in read_jsonl(tone_manifest)
    ]
    write_jsonl(Path("times.jsonl"), rows)
    assert transfer("segmenter=times.jsonl") == 0
    assert (results()["segmentation"], results()["wer"]) == ("aligner", 0)


def test_what_is_complete_is_not_done_again_and_other_data_are_refused(transfer, tone_manifest, capsys):
    assert transfer() == 0
    before = results()
    assert transfer() == 0 and results() == before
    assert transfer("segmenter=gold") == 2
    assert "segmenter is None there, gold here" in capsys.readouterr().err
    rows = read_jsonl(tone_manifest)
    write_jsonl(tone_manifest, rows[:-1])
    assert transfer() == 2
    assert "on files that have changed since: test_sha256" in capsys.readouterr().err


def test_a_bad_utterance_does_not_lose_the_others(transfer, tone_manifest, capsys):
    Path("2.wav").write_bytes(b"no sound")
    rows = read_jsonl(tone_manifest)
    rows[4]["words"] = []
    write_jsonl(tone_manifest, rows)
    assert transfer("segmenter=gold") == 3
    assert (results()["n_test"], results()["wer"]) == (3, 0)
    assert [row["id"] for row in read_jsonl(Path("run/set_aside.jsonl"))] == ["u2", "u4"]
    assert transfer("segmenter=gold") == 3  # it says so again


def test_a_model_of_several_languages_is_told_each_ones(transfer, tone_run, tone_model, tone_manifest):
    """One utterance is in a language that the model does not hear."""
    config = replace(tone_model.config, languages=["en", "hi"])
    model = SpeechToText.from_pretrained(tone_run)
    channels = model.decoder.generator.convolutions[0].weight.shape[1]
    widen(model.decoder.generator, channels + 2)
    SpeechToText(
        config, model.decoder.vocabulary, model.decoder.generator, model.arpa, model.encoder
    ).save_pretrained("polyglot")
    rows = read_jsonl(tone_manifest)
    rows[1] |= {"lang": "hi", "text": "लाल", "translations": [SAID[1]]}
    rows[3] |= {"lang": "fr", "translations": [SAID[3]]}
    write_jsonl(tone_manifest, rows)
    assert transfer("model=polyglot", "segmenter=gold") == 3
    assert (results()["n_test"], results()["wer"]) == (4, 0)
    (aside,) = read_jsonl(Path("run/set_aside.jsonl"))
    assert aside["id"] == "u3" and "'fr', the model hears en, hi" in aside["reason"]


def widen(generator, channels: int) -> None:
    """Give the first convolution channels for languages, which change nothing."""
    first = generator.convolutions[0]
    extra = channels - first.weight.shape[1]
    first.weight = torch.nn.Parameter(torch.nn.functional.pad(first.weight.data, (0, 0, 0, extra)))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["model=null"], "model: no model is named (say model=RUN"),
        (["model=nowhere"], "there is no model"),
        (["data.test=null"], "data.test is missing (say data.folder=FOLDER or data.test=FILE)"),
        (["data.folder=nowhere"], "nowhere: was not prepared to the end"),
        (["segmenter=nothing"], "segmenter=: 'nothing' is neither a segmenter"),
        (["seed=1"], "there is no key 'seed'"),
        (["clip=ViT-B-32/openai"], "there is no key 'clip'"),
    ],
)
def test_faults_are_named_with_what_to_do(transfer, words, message, capsys):
    assert transfer(*words) in (1, 2)
    assert message in capsys.readouterr().err


def test_speech_without_references_is_no_test(transfer, tone_manifest, capsys):
    rows = read_jsonl(tone_manifest)
    rows[2]["text"], rows[3]["lang"] = None, "hi"
    write_jsonl(tone_manifest, rows)
    assert transfer() == 1
    assert "2 of 5 utterances have no English reference; the first: u2, in 'en'" in capsys.readouterr().err
    assert not Path("run/decoded").exists()


def test_what_was_scored_stands_beside_the_results(transfer):
    assert transfer("segmenter=gold") == 0
    rows = read_scored(Path("run/scored/transfer.test.jsonl"))
    assert [row.references for row in rows] == [(text,) for text in SAID]
    assert [row.hypothesis for row in rows] == SAID
    assert {row.normaliser for row in rows} == {results()["normaliser"]}


def test_there_is_no_topline(transfer, capsys):
    assert transfer("segmenter=gold") == 0
    assert main(["evaluate", "run"]) == 0
    assert main(["evaluate", "run", "--topline"]) == 2
    assert "does not learn to write, so there is no topline" in capsys.readouterr().err


def test_there_is_no_clip_to_tell_words_by(transfer, capsys):
    assert transfer("segmenter=gold") == 0
    assert main(["evaluate", "run", "--words"]) == 2
    said = capsys.readouterr().err
    assert "a run of librispeech_transfer has no CLIP" in said and "leave --words out" in said
    assert not Path("run/discovery.json").exists()
