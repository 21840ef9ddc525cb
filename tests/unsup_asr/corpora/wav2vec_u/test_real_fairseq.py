"""Against fairseq 0.12.2 itself: its data sets read what we wrote, and it writes the same text byte for byte."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from unsup_asr.corpora.wav2vec_u.binarised import read_binarised, write_binarised
from unsup_asr.corpora.wav2vec_u.features import write_features
from unsup_asr.corpora.wav2vec_u.lists import Reference, Spoken
from unsup_asr.corpora.wav2vec_u.symbols import SPECIAL, Symbols, write_symbols

MADE = os.environ.get("FAIRSEQ_MODELS")
SCRIPT = Path(__file__).with_name("read_by_fairseq.py")
SENTENCES = [("<SIL>", "tS", "i:", "z", "<SIL>"), ("z",), ("<SIL>", "t#", "@2", "i:")]


@pytest.mark.fairseq
@pytest.mark.skipif(not MADE, reason="needs real fairseq: run make test-fairseq, which needs Python 3.10")
def test_fairseq_reads_what_we_write(tmp_path: Path) -> None:
    symbols = Symbols.of(SENTENCES)
    features, text, out = (tmp_path / name for name in ("features", "text", "out"))
    rng = np.random.default_rng(0)
    frames = [rng.standard_normal((length, 4)).astype(np.float32) for length in (3, 7, 5)]
    phones = [("tS", "i:"), ("z", "t#", "@2"), ("i:",)]
    spoken = [
        Spoken(f"u-{n}", Path(f"/{n}.wav"), 1, Reference(("w",), said)) for n, said in enumerate(phones)
    ]
    write_features(features, "valid", zip(spoken, frames, strict=True))
    write_symbols(text / "dict.txt", symbols)
    write_binarised(text, "train", SENTENCES, symbols)
    (text / "plain.txt").write_text("".join(" ".join(sentence) + "\n" for sentence in SENTENCES))
    out.mkdir()

    python = Path(str(MADE)).parent / "venv" / "bin" / "python"
    subprocess.run([python, SCRIPT, features, text, out], check=True, cwd=out, capture_output=True)

    read = json.loads((out / "read.json").read_text())
    assert read["symbols"] == [*SPECIAL, *symbols.names]
    assert read["targets"] == [" ".join(said) for said in phones]
    assert read["sentences"] == [" ".join(sentence) for sentence in SENTENCES]
    assert read["batch"] == [3, 7, 4]
    theirs = np.load(out / "frames.npz")
    assert all(np.array_equal(theirs[f"arr_{n}"], ours) for n, ours in enumerate(frames))
    (written,) = out.glob("train*.bin")
    for suffix in (".bin", ".idx"):
        assert written.with_suffix(suffix).read_bytes() == (text / f"train{suffix}").read_bytes()
    assert read_binarised(out, written.stem, symbols) == SENTENCES
