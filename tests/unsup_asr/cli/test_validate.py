"""Faults on the terminal, in a list, and as an exit status; a killed validation goes on."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from unsup_asr.cli.main import main
from unsup_asr.data.audio import write_audio
from unsup_asr.data.manifest import Utterance, read_manifest, write_manifest


@pytest.fixture
def clean_corpus(tone_corpus) -> Path:
    """The corpus of tones in the form that `prepare` writes, each recording another."""
    for number, path in enumerate(sorted(tone_corpus.glob("*.wav"))):
        seconds = {u.audio_filepath.name: u.duration for u in all_utterances(tone_corpus)}[path.name]
        samples = np.random.default_rng(number).uniform(-0.5, 0.5, round(seconds * 16000))
        write_audio(path, samples, 16000)
    return tone_corpus


def all_utterances(folder: Path) -> list[Utterance]:
    return [u for split in ("train", "validation", "test") for u in read_manifest(folder / f"{split}.jsonl")]


def test_a_clean_folder_exits_with_0_and_leaves_nothing(clean_corpus, capsys):
    before = set(clean_corpus.iterdir())
    assert main(["validate", str(clean_corpus), "--deep"]) == 0
    assert capsys.readouterr().out.startswith("12 entries, 0.00 h of speech: no fault")
    assert set(clean_corpus.iterdir()) == before


def test_faults_are_counted_and_listed(clean_corpus, tmp_path, capsys):
    (clean_corpus / "0.wav").unlink()
    (clean_corpus / "10.wav").write_bytes(b"")
    (clean_corpus / "11.wav").unlink()
    listing = tmp_path / "faults.jsonl"
    assert main(["validate", str(clean_corpus), "--json", str(listing)]) == 3
    out = capsys.readouterr().out
    assert re.search(r"recording is missing +│ +2 │ train\.jsonl:1: ", out)
    assert re.search(r"recording is empty +│ +1 │ test\.jsonl:2: ", out)
    assert out.splitlines()[-1] == "12 entries, 0.00 h of speech: 3 with faults"
    rows = [json.loads(line) for line in listing.read_text().splitlines()]
    assert [(row["id"], row["line"], row["fault"]) for row in rows] == [
        ("u0", 1, "recording is missing"),
        ("u10", 2, "recording is empty"),
        ("u11", 3, "recording is missing"),
    ]
    assert rows[1]["manifest"] == str(clean_corpus / "test.jsonl")


def test_the_list_of_a_clean_corpus_is_empty(clean_corpus, tmp_path):
    assert main(["validate", str(clean_corpus / "train.jsonl"), "--json", str(tmp_path / "none.jsonl")]) == 0
    assert (tmp_path / "none.jsonl").read_text() == ""


def test_the_captions_of_a_folder_may_not_hold_the_test(clean_corpus, capsys):
    said = read_manifest(clean_corpus / "test.jsonl")[0].text
    assert main(["validate", str(clean_corpus)]) == 0
    assert "captions" not in capsys.readouterr().out
    (clean_corpus / "other.txt").write_text(f"{said}\n")
    assert main(["validate", str(clean_corpus), "--captions", str(clean_corpus / "other.txt")]) == 0
    assert re.search(r"note: short test reference", capsys.readouterr().out)


def test_nothing_usable_exits_with_1(clean_corpus, tmp_path, capsys):
    for path in clean_corpus.glob("*.wav"):
        path.unlink()
    assert main(["validate", str(clean_corpus)]) == 1
    assert "12 entries, 0.00 h of speech: 12 with faults" in capsys.readouterr().out
    (tmp_path / "m.jsonl").write_text("no row\n{}\n")
    assert main(["validate", str(tmp_path / "m.jsonl")]) == 1
    assert "2 entries, 0.00 h of speech: 2 with faults" in capsys.readouterr().out


def test_a_manifest_that_cannot_be_read_exits_with_1(tmp_path, capsys):
    assert main(["validate", str(tmp_path / "gone.jsonl")]) == 1
    assert "gone.jsonl: cannot be read: No such file" in capsys.readouterr().err


def test_a_folder_without_manifests_is_a_usage_error(tmp_path, capsys):
    assert main(["validate", str(tmp_path)]) == 2
    assert "holds none of train.jsonl, validation.jsonl, test.jsonl" in capsys.readouterr().err


def test_brackets_in_names_are_shown_as_they_are(tmp_path, capsys):
    write_manifest(tmp_path / "m.jsonl", [Utterance("a", tmp_path / "[b]/x.wav", 1.0, "en")])
    assert main(["validate", str(tmp_path / "m.jsonl")]) == 1
    assert "[b]" in capsys.readouterr().out


@pytest.fixture
def long_manifest(tmp_path) -> Path:
    """Three thousand stretches of one recording, the last beyond its end."""
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, 300 * 16000)
    write_audio(tmp_path / "long.wav", samples, 16000)
    starts = np.arange(3001) / 10
    utterances = [Utterance(f"u{n}", tmp_path / "long.wav", 0.1, "en", at) for n, at in enumerate(starts)]
    write_manifest(tmp_path / "long.jsonl", utterances)
    return tmp_path / "long.jsonl"


def test_a_killed_validation_goes_on(long_manifest, capsys):
    command = [sys.executable, "-m", "unsup_asr.cli.main", "validate", str(long_manifest), "--deep"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    record = long_manifest.with_name("long.jsonl.progress")
    while process.poll() is None and not (record.exists() and record.stat().st_size > 10_000):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was through before it could be killed"
    assert main(["validate", str(long_manifest), "--deep"]) == 3
    out, err = capsys.readouterr()
    known = int(re.search(r"goes on, (\d+) files were found good before", err)[1])
    assert 64 <= known < 3001
    assert out.splitlines()[-1] == "3,001 entries, 0.08 h of speech: 1 with faults"
    assert not record.exists()
