"""The generic recipe on a corpus of tones, from manifests to text; too short a training to learn anything."""

import json

import pytest

from unsup_asr.cli.main import main
from unsup_asr.files import read_jsonl

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


def test_without_data_it_says_what_to_give(tone_corpus, capsys):
    assert main(["run", "generic"]) == 2
    assert "data.manifest=FILE" in capsys.readouterr().err
