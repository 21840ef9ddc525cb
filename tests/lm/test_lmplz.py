"""Against KenLM's lmplz: its own output on texts of ours (KenLM 4cb443e), and the program where it is.

`captions.txt` has ties, repeated and empty lines, one-word lines, words seen once, and words that are not ASCII,
one with an ideographic space inside. In `zero.txt` a discount is 0, and with it the back-off of `a`.
"""

import shutil
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from lm.arpa import Arpa, read_arpa, write_arpa
from lm.errors import LanguageModelError
from lm.kenlm_model import KenLM
from lm.kneser_ney import estimate
from lm.ngrams import NEVER

OURS = Path(__file__).parent / "lmplz"
CASES = [
    *((f"captions.o{order}", order, (), True) for order in range(1, 7)),
    ("captions.o3.prune001", 3, (0, 0, 1), (0.6, 0.9)),
    ("zero.o2", 2, (), True),
]


def as_dict(arpa: Arpa) -> dict[tuple[str, ...], tuple[float, float]]:
    return {
        tuple(arpa.vocabulary[word] for word in row): (float(probability), float(backoff))
        for g in arpa.grams
        for row, probability, backoff in zip(g.ids, g.log10_probabilities, g.log10_backoffs, strict=True)
    }


def sentences_of(path: Path) -> list[list[str]]:
    # As bytes: lmplz splits at ASCII white space alone.
    return [[word.decode() for word in line.split()] for line in path.read_bytes().splitlines()]


def check_same(ours: Arpa, theirs: Arpa) -> None:
    ours, theirs = as_dict(ours), as_dict(theirs)
    assert list(ours) == list(theirs)  # the order of lines, too
    np.testing.assert_allclose(list(ours.values()), list(theirs.values()), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("name", "order", "prune", "fallback"), CASES)
def test_agrees_with_lmplz_on_a_text_of_ours(name, order, prune, fallback):
    sentences = sentences_of(OURS / f"{name.split('.')[0]}.txt")
    check_same(estimate(sentences, order, prune, fallback), read_arpa(OURS / f"{name}.arpa"))


@pytest.mark.parametrize(
    ("source", "name", "order", "prune", "fallback"),
    [
        ("tiny", "tiny_o3", 3, (), True),
        *(("captions", f"captions_o{order}", order, (), True) for order in range(1, 5)),
        ("captions", "captions_o3_prune001", 3, (0, 0, 1), False),
    ],
)
def test_agrees_with_lmplz_on_flickr8k(golden: Path, source, name, order, prune, fallback):
    sentences = sentences_of(golden / f"{source}.txt")
    check_same(estimate(sentences, order, prune, fallback), read_arpa(golden / f"{name}.arpa.gz"))


def test_a_back_off_of_zero_is_written_so_that_kenlm_reads_it(tmp_path: Path):
    """lmplz writes -inf, which KenLM itself refuses."""
    theirs = OURS / "zero.o2.arpa"
    assert "a\t-inf" in theirs.read_text()
    with pytest.raises(LanguageModelError, match="Bad backoff"):
        KenLM(theirs)
    ours = estimate(sentences_of(OURS / "zero.txt"), 2)
    assert as_dict(ours)[("a",)][1] == NEVER
    write_arpa(ours, tmp_path / "model.arpa")
    kenlm = KenLM(tmp_path / "model.arpa")
    before = kenlm.score(["a"], eos=False)
    assert kenlm.score(["a", "c"], eos=False) - before == pytest.approx(0.0, abs=1e-6)  # all of its mass
    assert kenlm.score(["a", "b"], eos=False) - before < NEVER


# Stands in for lmplz where that is absent: notes how it was called, and leaves the model it is told to.
STAND_IN = f"""#!{sys.executable}
import pathlib, shutil, sys
here = pathlib.Path(__file__).parent
(here / "arguments").write_text("\\n".join(sys.argv[1:]))
(here / "text").write_bytes(sys.stdin.buffer.read())
shutil.copy(here / "model.arpa", sys.argv[sys.argv.index("--arpa") + 1])
"""
# Gives up before it has read anything.
GIVES_UP = f"""#!{sys.executable}
import sys
sys.stdin.close()
sys.exit("one\\nlmplz: the disk is full")
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch):
    """Puts a program named lmplz on PATH, and nothing else."""

    def put(script: str) -> Path:
        program = tmp_path / "bin" / "lmplz"
        program.parent.mkdir()
        program.write_text(script)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(program.parent))
        return program.parent

    return put


@pytest.mark.parametrize(
    ("options", "flags"),
    [
        ({}, "-o 3 --prune 0 0 0 --discount_fallback 0.5 1.0 1.5"),
        ({"prune": (0, 1), "discount_fallback": False}, "-o 3 --prune 0 1 1"),
        ({"discount_fallback": (0.4,)}, "-o 3 --prune 0 0 0 --discount_fallback 0.4 0.4 0.4"),
    ],
)
def test_the_lmplz_on_path_gets_the_text_and_the_options(stand_in, options, flags):
    folder = stand_in(STAND_IN)
    sentences = sentences_of(OURS / "captions.txt")
    shutil.copy(OURS / "captions.o3.arpa", folder / "model.arpa")
    progress = []
    model = estimate(sentences, 3, backend="lmplz", progress=lambda *done: progress.append(done), **options)
    assert as_dict(model) == as_dict(read_arpa(OURS / "captions.o3.arpa"))
    arguments = (folder / "arguments").read_text().split("\n")
    assert arguments[: len(flags.split())] == flags.split()
    assert arguments[len(flags.split()) :][::2] == ["-T", "--arpa"]
    assert sentences_of(folder / "text") == sentences
    assert progress == [("estimating by lmplz", 3, 3)]
    assert not Path(arguments[-1]).parent.exists()


def test_an_lmplz_that_fails_is_quoted(stand_in):
    stand_in(GIVES_UP)
    many = [["word"] * 1000] * 1000  # more than a pipe holds
    with pytest.raises(LanguageModelError, match=r"lmplz failed with status 1: .*the disk is full") as caught:
        estimate(many, 2, backend="lmplz")
    assert caught.value.remedy


def test_without_lmplz_it_says_so(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LanguageModelError, match="lmplz is not on PATH") as caught:
        estimate([["a"]], 2, backend="lmplz")
    assert "numpy" in caught.value.remedy


def test_another_backend_is_refused():
    with pytest.raises(LanguageModelError, match="no backend 'srilm'"):
        estimate([["a"]], 2, backend="srilm")


@pytest.mark.skipif(shutil.which("lmplz") is None, reason="lmplz is not on PATH")
@pytest.mark.parametrize(("name", "order", "prune", "fallback"), CASES[2:])
def test_both_backends_are_one(name, order, prune, fallback):
    sentences = sentences_of(OURS / f"{name.split('.')[0]}.txt")
    check_same(*(estimate(sentences, order, prune, fallback, backend) for backend in ("numpy", "lmplz")))
