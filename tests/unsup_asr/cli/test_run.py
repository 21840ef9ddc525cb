"""The generic recipe on a corpus of tones, from manifests to text; too short a training to learn anything."""

import json
from pathlib import Path

import jiwer
import pytest
import sacrebleu

from unsup_asr.cli.main import main
from unsup_asr.evaluation.results import read_results
from unsup_asr.evaluation.scored import read_scored
from unsup_asr.files import read_jsonl, write_jsonl

SHORT = [f"stages.{n}.loop.{key}=2" for n in range(3) for key in ("updates", "checkpoint_every")]
SHORT += ["self_training.rounds=1", "self_training.loop.updates=2", "self_training.loop.checkpoint_every=2"]
SHORT += ["starts=1", "lm.order=2", "generator.narrow=8", "generator.wide=8", "slots=4"]
WORDS = ("red", "big", "dog")


@pytest.fixture
def run_tones(tone_corpus, tiny_clip):
    """Runs the recipe; further words as given."""

    def call(*words: str) -> int:
        files = [f"data.{key}={key}.jsonl" for key in ("validation", "test")]
        data = ["data.manifest=train.jsonl", "data.captions=captions.txt", *files]
        return main(["run", "generic", *data, f"clip={tiny_clip}", "run_dir=run", *SHORT, *words])

    return call


def test_from_manifests_to_text(run_tones, tone_corpus, capsys):
    assert run_tones() == 0
    out = capsys.readouterr().out
    assert "generic" in out and out.splitlines()[-3:] == ["run/results.json", "run/report.html", "run/model"]
    results = json.loads((tone_corpus / "run" / "results.json").read_text())
    assert (results["n_test"], results["test_uses_gold_times"]) == (3, True)
    figures_follow_from_what_was_scored(tone_corpus / "run")

    # What was scored is what transcribe prints.
    stage = results["stages"][-1]["name"]
    scored = [row["text"] for row in read_jsonl(tone_corpus / "run" / "decoded" / f"{stage}.test.jsonl")]
    assert main(["transcribe", "--model", "run", "test.jsonl", "--segmenter", "gold"]) == 0
    assert capsys.readouterr().out.splitlines() == scored

    # What is complete is not done again, and another configuration does not take the folder.
    assert run_tones() == 0
    assert json.loads((tone_corpus / "run" / "results.json").read_text()) == results
    capsys.readouterr()
    assert run_tones("seed=1") == 2
    assert "seed is 0 there, 1 here" in capsys.readouterr().err

    assert main(["evaluate", "run", "--topline"]) == 0
    assert "topline" in capsys.readouterr().out
    assert json.loads((tone_corpus / "run" / "results.json").read_text())["topline_wer"] is not None


def test_what_cannot_be_used_is_set_aside_and_listed(run_tones, tone_corpus, capsys):
    (tone_corpus / "2.wav").write_bytes(b"no sound")
    assert run_tones() == 3
    out, err = capsys.readouterr()
    assert "run/results.json" in out
    assert any(line.startswith("set aside: u2: ") and "2.wav" in line for line in err.splitlines())
    assert [row["id"] for row in read_jsonl(tone_corpus / "run" / "set_aside.jsonl")] == ["u2"]


def figures_follow_from_what_was_scored(run: Path) -> None:
    """By jiwer and sacrebleu, from the files beside the results."""
    results = read_results(run / "results.json")
    assert {path.name for path in (run / "scored").glob("*.test.jsonl")} == {
        f"{stage.name}.test.jsonl" for stage in results.stages
    }
    for stage in results.stages:
        rows = read_scored(run / "scored" / f"{stage.name}.test.jsonl")
        decoded = read_jsonl(run / "decoded" / f"{stage.name}.test.jsonl")
        assert [row.id for row in rows] == [row["id"] for row in decoded] == ["u9", "u10", "u11"]
        assert {row.normaliser for row in rows} == {results.normaliser}
        said, written = [row.references[0] for row in rows], [row.hypothesis for row in rows]
        assert stage.wer == pytest.approx(100 * jiwer.wer(said, written))
        assert stage.bleu == pytest.approx(sacrebleu.corpus_bleu(written, [said]).score)
    assert (results.wer, results.bleu) == (results.stages[-1].wer, results.stages[-1].bleu)


@pytest.fixture
def spoken_in_hindi(tone_corpus):
    """Makes Hindi without translations of some of the test utterances."""

    def call(*ids: str) -> None:
        rows = read_jsonl(tone_corpus / "test.jsonl")
        rows = [{**row, "lang": "hi", "text": "लाल"} if row["id"] in ids else row for row in rows]
        write_jsonl(tone_corpus / "test.jsonl", rows)

    return call


def test_speech_without_english_is_written_down_and_not_scored(
    run_tones, tone_corpus, spoken_in_hindi, capsys
):
    spoken_in_hindi("u10")
    assert run_tones() == 3
    reason = "is not scored, though written down: it is in 'hi' and has no translations (add English ones)"
    assert f"set aside: u10: {reason}\n" in capsys.readouterr().err
    assert read_jsonl(tone_corpus / "run" / "set_aside.jsonl") == [{"id": "u10", "reason": reason}]
    results = read_results(tone_corpus / "run" / "results.json")
    stage = results.stages[-1].name
    assert len(read_jsonl(tone_corpus / "run" / "decoded" / f"{stage}.test.jsonl")) == 3
    scored = read_scored(tone_corpus / "run" / "scored" / f"{stage}.test.jsonl")
    assert [row.id for row in scored] == ["u9", "u11"] and results.n_test == 2
    assert results.wer == results.stages[-1].wer is not None
    assert run_tones() == 3, "it says so again"


def test_a_test_without_any_english_has_no_figures_of_text(run_tones, tone_corpus, spoken_in_hindi):
    spoken_in_hindi("u9", "u10")
    (silent,) = read_jsonl(tone_corpus / "test.jsonl")[2:]
    rows = [*read_jsonl(tone_corpus / "test.jsonl")[:2], {**silent, "text": None}]
    write_jsonl(tone_corpus / "test.jsonl", rows)
    assert run_tones() == 3
    aside = read_jsonl(tone_corpus / "run" / "set_aside.jsonl")
    assert [row["id"] for row in aside] == ["u9", "u10", "u11"]
    assert aside[2]["reason"].endswith("it has no text (add what is said)")
    results = read_results(tone_corpus / "run" / "results.json")
    texts = (
        "wer",
        "cer",
        "bleu",
        "chrf",
        "chance_wer",
        "content_f1",
        "normaliser",
        "reference_kind",
        "match_score",
    )
    assert {name: getattr(results, name) for name in texts} == dict.fromkeys(texts)
    assert results.n_test == 0 and all(stage.wer is None for stage in results.stages)
    assert results.retrieval_r1 is not None and results.perplexity is not None
    assert (tone_corpus / "run" / "report.html").is_file()


def test_without_data_it_says_what_to_give(tone_corpus, capsys):
    assert main(["run", "generic"]) == 2
    assert "data.manifest=FILE" in capsys.readouterr().err
