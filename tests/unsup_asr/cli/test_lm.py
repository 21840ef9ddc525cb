"""The language model commands, with the flags and figures of lmplz and query."""

import gzip
import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lm.arpa import read_arpa
from unsup_asr.cli import lm as command
from unsup_asr.cli.main import main

GOLDEN = Path(__file__).resolve().parents[2] / "lm" / "lmplz"
TEXT = (GOLDEN / "captions.txt").read_bytes()
# What KenLM's query says of these lines under captions.o3.
LINES = "a dog runs\n\nthe zebra sleeps on the beach\n犬が　走る zebra\n"
QUERY = {
    "Perplexity including OOVs": 9.65801514454856,
    "Perplexity excluding OOVs": 6.306566004049172,
    "OOVs": 2,
    "Tokens": 15,
}


@pytest.fixture
def stdin(monkeypatch):
    def give(data: bytes) -> None:
        file = io.BytesIO(data)
        file.name = "<stdin>"
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))

    return give


def figures(out: str) -> dict[str, float]:
    return {name: float(value) for name, value in (line.split(":\t") for line in out.splitlines())}


def test_a_model_is_built_from_stdin_to_stdout_as_by_lmplz(stdin, capfdbinary, tmp_path: Path):
    stdin(TEXT)
    assert (
        main(["lm", "build", "-o", "3", "--prune", "0", "0", "1", "--discount_fallback", "0.6", "0.9"]) == 0
    )
    (tmp_path / "model.arpa").write_bytes(capfdbinary.readouterr().out)
    ours, theirs = read_arpa(tmp_path / "model.arpa"), read_arpa(GOLDEN / "captions.o3.prune001.arpa")
    assert ours.vocabulary == theirs.vocabulary
    for ngrams, golden in zip(ours.grams, theirs.grams, strict=True):
        assert (ngrams.ids == golden.ids).all()
        assert abs(ngrams.log10_probabilities - golden.log10_probabilities).max() < 1e-5


def test_files_stand_in_for_streams_and_progress_is_on_stderr(tmp_path: Path, capfd):
    path = tmp_path / "new" / "model.arpa.gz"
    words = ["lm", "build", "--order", "2", "--text", str(GOLDEN / "captions.txt"), "--arpa", str(path)]
    assert main([*words, "--discount_fallback"]) == 0
    out, err = capfd.readouterr()
    assert out == "" and "counting n-grams: 2 of 2" in err and "estimating: 2 of 2" in err
    assert gzip.decompress(path.read_bytes()).startswith(b"\\data\\\nngram 1=24\n")


@pytest.mark.parametrize("name", ["captions.o3.arpa", "captions.o3.bin", "packed"])
def test_perplexity_is_printed_as_by_query(stdin, capsys, tmp_path: Path, name):
    path = GOLDEN / name
    if name == "packed":
        path = tmp_path / "model.arpa.gz"
        path.write_bytes(gzip.compress((GOLDEN / "captions.o3.arpa").read_bytes()))
    stdin(LINES.encode())
    assert main(["lm", "score", str(path)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert figures(out) == pytest.approx(QUERY, rel=1e-6)
    assert [line.split(":")[0] for line in out.splitlines()] == list(QUERY)


@pytest.mark.skipif(shutil.which("query") is None, reason="KenLM's query is not on PATH")
def test_query_itself_prints_the_same(stdin, capsys):
    words = ["query", "-v", "summary", str(GOLDEN / "captions.o3.arpa")]
    theirs = subprocess.run(words, input=LINES.encode(), capture_output=True, check=True).stdout.decode()
    assert figures(theirs) == pytest.approx(QUERY, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "kind"), [("captions.o3.arpa", "ARPA"), ("captions.o3.bin", "KenLM binary, trie")]
)
def test_info_says_what_is_in_a_model(capsys, name, kind):
    assert main(["lm", "info", str(GOLDEN / name)]) == 0
    assert (
        capsys.readouterr().out == f"format:\t{kind}\norder:\t3\nngram 1:\t24\nngram 2:\t46\nngram 3:\t54\n"
    )


@pytest.mark.parametrize(
    ("words", "given", "message"),
    [
        (["build", "-o", "3"], b"a b\na\n", "discounts of order 1 cannot be estimated"),
        (
            ["build", "-o", "6", "--discount_fallback"],
            b"a b\na\n",
            "longest sentence, with <s> and </s>, has 4",
        ),
        (["build", "-o", "2"], b"\n\n", "the text has no words"),
        (["build", "-o", "2"], b"a\nb <s>\n", "sentence 2: the text has one of the reserved words"),
        (["build", "-o", "2"], b"a\n\xff\n", "<stdin>, line 2: the text is not UTF-8"),
        (["build", "-o", "2", "--prune", "1"], b"a\n", "thresholds [1] do not fit"),
        (["score", "nowhere.arpa"], b"a\n", "nowhere.arpa: there is no such file"),
        (["score", str(GOLDEN / "captions.o3.arpa")], b"", "no sentences to score"),
        (["info", "nowhere.arpa"], b"", "nowhere.arpa: there is no such file"),
        (["info", str(GOLDEN / "captions.txt")], b"", "captions.txt, line 1: expected"),
        (["build", "-o", "2", "--text", "nowhere.txt"], b"", "nowhere.txt"),
    ],
)
def test_what_cannot_be_used_is_a_line_on_stderr_and_status_1(
    stdin, capsys, tmp_path, monkeypatch, words, given, message
):
    monkeypatch.chdir(tmp_path)
    stdin(given)
    assert main(["lm", *words]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    last = err.splitlines()[-1]
    assert last.startswith("unsup-asr: error: ") and message in last and "Traceback" not in err


@pytest.mark.parametrize(
    "words", [[], ["build"], ["build", "-o", "7"], ["build", "-o", "2", "--prune"], ["score"]]
)
def test_what_argparse_refuses_is_status_2(words, capsys):
    with pytest.raises(SystemExit) as exit:
        main(["lm", *words])
    assert exit.value.code == 2 and capsys.readouterr().out == ""


def test_an_interrupt_is_status_130_and_leaves_no_file(monkeypatch, tmp_path: Path, stdin):
    def interrupt(text):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_sentences", interrupt)
    assert main(["lm", "build", "-o", "2", "--arpa", str(tmp_path / "model.arpa")]) == 130
    assert list(tmp_path.iterdir()) == []
