import subprocess
import sys
from pathlib import Path

import pytest

from lm.arpa import write_arpa
from lm.errors import LanguageModelError
from lm.kenlm_binary import BinaryHead, is_kenlm_binary, read_binary_head
from lm.kenlm_model import KenLM
from lm.kneser_ney import estimate

ROOT = Path(__file__).resolve().parents[2]
OURS = Path(__file__).parent / "lmplz"


@pytest.fixture(scope="module")
def model(tmp_path_factory, text) -> KenLM:
    path = tmp_path_factory.mktemp("model") / "model.arpa.gz"
    write_arpa(estimate(text, 3), path)
    return KenLM(path)


def test_figures_of_a_text_whose_probabilities_are_known(tmp_path: Path):
    """p(a | <s>) = p(</s> | a) = 17/24; an unknown word after <s> costs 1/2 · 1/6, and </s> after it 5/12."""
    write_arpa(estimate([["a"]], 2), tmp_path / "model.arpa")
    model = KenLM(tmp_path / "model.arpa")
    assert model.order == 2
    assert 10 ** model.score(["a"]) == pytest.approx((17 / 24) ** 2, rel=1e-5)
    assert 10 ** model.score(["a"], eos=False) == pytest.approx(17 / 24, rel=1e-5)
    assert 10 ** model.score(["a"], bos=False, eos=False) == pytest.approx(5 / 12, rel=1e-5)
    assert model.perplexity([["a"], ["a"]]) == pytest.approx(24 / 17, rel=1e-5)
    figures = model.evaluate([["a"], ["zebra"]])
    assert (figures.tokens, figures.unknown) == (4, 1)
    every, known = (17 / 24) ** 2 / 12 * 5 / 12, (17 / 24) ** 2 * 5 / 12
    assert figures.perplexity == pytest.approx(every ** (-1 / 4), rel=1e-5)
    assert figures.perplexity_known == pytest.approx(known ** (-1 / 3), rel=1e-5)


def test_perplexity_is_that_of_the_scores(model, text):
    total = sum(model.score(sentence) for sentence in text)
    assert model.perplexity(text) == pytest.approx(10 ** (-total / sum(len(s) + 1 for s in text)), rel=1e-4)


def test_no_sentences_have_no_perplexity(model):
    with pytest.raises(LanguageModelError, match="no sentences"):
        model.perplexity([])


def test_an_unreadable_model_is_refused(tmp_path: Path):
    with pytest.raises(LanguageModelError, match="no such file"):
        KenLM(tmp_path / "none.arpa")
    (tmp_path / "bad.arpa").write_text("\\data\\\nngram 1=x\n")
    with pytest.raises(LanguageModelError, match="KenLM cannot read"):
        KenLM(tmp_path / "bad.arpa")
    write_arpa(estimate([["a"]], 1), tmp_path / "unigrams.arpa")
    with pytest.raises(LanguageModelError, match="at least a bigram"):
        KenLM(tmp_path / "unigrams.arpa")


WITHOUT_KENLM = """
import sys

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name == "kenlm":
            raise ModuleNotFoundError("No module named 'kenlm'", name="kenlm")

sys.meta_path.insert(0, NotInstalled())
from lm.kenlm_model import KenLM
from lm import arpa, expectation, kneser_ney, tensor_model
try:
    KenLM("model.arpa")
except ImportError as error:
    print(error)
"""


def test_without_kenlm_everything_is_importable_and_its_use_says_how_to_install_it():
    done = subprocess.run([sys.executable, "-c", WITHOUT_KENLM], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "KenLM scores need the package kenlm: pip install kenlm\n"


def test_a_binary_scores_as_its_arpa_does():
    words = ["a", "dog", "never", "runs"]
    arpa, binary = (KenLM(OURS / f"captions.o3.{kind}") for kind in ("arpa", "bin"))
    assert binary.score(words) == pytest.approx(arpa.score(words), abs=1e-5)


def test_the_head_of_a_binary_tells_its_kind_and_counts(tmp_path: Path):
    binary = OURS / "captions.o3.bin"
    assert is_kenlm_binary(binary) and not is_kenlm_binary(OURS / "captions.o3.arpa")
    assert read_binary_head(binary) == BinaryHead("trie", (24, 46, 54))
    for kept in (60, 90, 110, 130):
        (tmp_path / "cut.bin").write_bytes(binary.read_bytes()[:kept])
        with pytest.raises(LanguageModelError, match="cut short") as caught:
            read_binary_head(tmp_path / "cut.bin")
        assert caught.value.remedy
