"""The SpeechCLIP recipes on a corpus of tones, from manifests to keywords; too short to learn anything."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import HubertModel

from unsup_asr.cli.main import main
from unsup_asr.data.audio import read_audio
from unsup_asr.files import read_jsonl
from unsup_asr.speech_clip import SpeechClipModel

SPLITS = {"manifest": "train", "validation": "validation", "test": "test"}
SHORT = ["training.batch=4", "training.loop.updates=4", "training.loop.checkpoint_every=2", "model.count=3"]


@pytest.fixture
def run_tones(tone_corpus, tiny_clip, tiny_hubert):
    """Runs a recipe; further words as given."""

    def call(recipe: str, *words: str) -> int:
        data = [f"data.{key}={name}.jsonl" for key, name in SPLITS.items()] + ["data.captions=captions.txt"]
        models = [f"clip={tiny_clip}", f"encoder={tiny_hubert}", "model.heads=2"]
        return main(["run", recipe, *data, *models, "run_dir=run", *SHORT, *words])

    return call


@pytest.mark.parametrize("kind", ["cascaded", "parallel", "hybrid"])
def test_from_manifests_to_retrieval_and_keywords(kind, run_tones, tone_corpus, capsys):
    assert run_tones(f"flickr8k_{kind}") == 0
    run = tone_corpus / "run"
    results = json.loads((run / "results.json").read_text())
    assert results["recipe"] == f"flickr8k_{kind}" and results["wer"] is None
    assert results["retrieval_pool"] == 3 and results["n_test"] == 3
    retrieval = json.loads((run / "retrieval.json").read_text())
    branches = {"hybrid": {"parallel", "cascaded"}}.get(kind, {kind})
    assert set(retrieval) == branches | {"linear", "plain"}
    assert all(scores["mean"]["at_5"] == 100.0 for scores in retrieval.values())
    assert [row["step"] for row in read_jsonl(run / "selection.jsonl")] == [2, 4]
    assert sum(row["chosen"] for row in read_jsonl(run / "selection.jsonl")) == 1
    logged = read_jsonl(run / "metrics.jsonl")[-1]
    assert branches <= set(logged)
    assert (run / "report.html").is_file()
    if kind != "parallel":
        assert {"code_perplexity", "token_entropy", "top_token_share"} <= set(logged)
        keywords = read_jsonl(run / "keywords.json")
        assert [row["id"] for row in keywords] == ["u9", "u10", "u11"]
        assert all(len(row["keywords"]) == 3 for row in keywords)
        assert json.loads((run / "hits.json").read_text())["placed"] == 100.0

    # What is complete is not done again, and another configuration does not take the folder.
    before = (run / "results.json").read_bytes()
    assert run_tones(f"flickr8k_{kind}") == 0
    assert (run / "results.json").read_bytes() == before
    assert run_tones(f"flickr8k_{kind}", "seed=1") == 2
    assert "seed is 0 there, 1 here" in capsys.readouterr().err


def test_the_exported_model_says_what_was_evaluated(run_tones, tone_corpus):
    assert run_tones("flickr8k_hybrid") == 0
    model = SpeechClipModel.from_pretrained("run")
    heard = [torch.from_numpy(read_audio(tone_corpus / f"{n}.wav", 16000)) for n in (9, 10, 11)]
    grounded = model.embed(heard)
    rows = grounded.keywords.choices.tolist()
    said = [[keyword["neighbours"][0]["token"] for keyword in row["keywords"]] for row in _keywords()]
    assert [[model.tokens.pieces[row] for row in utterance] for utterance in rows] == said
    states, lengths = model.hidden_states(heard)
    assert len(states) == model.encoder.states + 2
    assert all(each.shape[:2] == (3, int(lengths.max())) for each in states)


def _keywords() -> list[dict]:
    return read_jsonl(Path("run/keywords.json"))


def test_the_last_layers_of_the_encoder_can_learn_too(run_tones, tone_corpus, tiny_hubert):
    assert run_tones("flickr8k_parallel", "training.fine_tuned=1", "training.encoder_learning_rate=0.01") == 0
    model = SpeechClipModel.from_pretrained("run")
    learned = model.encoder.model.encoder.layers
    before = HubertModel.from_pretrained(tiny_hubert).encoder.layers
    changed = [
        not all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
        for one, other in zip(learned, before, strict=True)
    ]
    assert changed == [False] * (len(changed) - 1) + [True]


def test_a_log_mel_encoder_needs_no_model_and_has_no_layers_to_learn(run_tones, capsys):
    assert run_tones("flickr8k_cascaded", "encoder=log_mel", "training.fine_tuned=1") == 2
    assert "training.fine_tuned: log_mel has no layers that could learn" in capsys.readouterr().err


def test_a_killed_training_goes_on_to_the_same_model(run_tones, tone_corpus):
    """Its last checkpoints lost, as if killed after the first judgement."""
    assert run_tones("flickr8k_cascaded") == 0
    whole = (tone_corpus / "run" / "model" / "model.safetensors").read_bytes()
    logged = (tone_corpus / "run" / "metrics.jsonl").read_bytes()
    assert run_tones("flickr8k_cascaded", "run_dir=again", "training.loop.updates=2") == 0
    again = tone_corpus / "again"
    (again / "results.json").unlink()
    (again / "config.yaml").unlink()
    assert run_tones("flickr8k_cascaded", "run_dir=again") == 0
    assert (again / "model" / "model.safetensors").read_bytes() == whole
    assert (again / "metrics.jsonl").read_bytes().splitlines()[-1] == logged.splitlines()[-1]


def test_faults_are_named_with_what_to_do(run_tones, tone_corpus, capsys):
    assert run_tones("flickr8k_cascaded", "training.batch=100") == 2
    assert (
        "a batch of 100 is larger than the 6 training utterances (give at most 6)" in capsys.readouterr().err
    )
    assert run_tones("flickr8k_cascaded", "run_dir=other", "model.keywords=words") == 2
    assert "keywords come from 'words' (choose none, cls or cif)" in capsys.readouterr().err
    assert main(["transcribe", "--model", "run", str(tone_corpus / "1.wav")]) == 1
    assert "there is no model" in capsys.readouterr().err
    with pytest.raises(Exception, match="no SpeechCLIP model"):
        SpeechClipModel.from_pretrained("run")


def test_what_cannot_be_used_is_set_aside(run_tones, tone_corpus, capsys):
    (tone_corpus / "2.wav").write_bytes(b"no sound")
    (tone_corpus / "10.png").unlink()
    assert run_tones("flickr8k_cascaded") == 3
    assert sorted(row["id"] for row in read_jsonl(tone_corpus / "run" / "set_aside.jsonl")) == ["u10", "u2"]
    assert json.loads((tone_corpus / "run" / "results.json").read_text())["n_test"] == 2


def test_two_processes_run_a_recipe_together(tone_corpus, tiny_clip, tiny_hubert):
    """Under torchrun: one run folder, one page, and what the second process says is not said twice."""
    data = [f"data.{key}={name}.jsonl" for key, name in SPLITS.items()] + ["data.captions=captions.txt"]
    models = [f"clip={tiny_clip}", f"encoder={tiny_hubert}", "model.heads=2", "model.parallel=true"]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    words = ["-m", "unsup_asr.cli.main", "run", "flickr8k_cascaded", *data, *models, "run_dir=run", *SHORT]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*launcher, *words], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-3:] == ["run/results.json", "run/report.html", "run/model"]
    assert done.stdout.count("run/results.json") == 1
    assert [row["step"] for row in read_jsonl(tone_corpus / "run" / "selection.jsonl")] == [2, 4]
    steps = [row["step"] for row in read_jsonl(tone_corpus / "run" / "metrics.jsonl")]
    assert steps == sorted(set(steps))
    assert SpeechClipModel.from_pretrained("run").network.config.parallel
