import builtins
from pathlib import Path

import pytest

from lm.arpa import write_arpa
from lm.errors import LanguageModelError
from lm.kenlm_model import KenLM
from lm.kneser_ney import estimate


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


def test_without_kenlm_it_says_how_to_install_it(monkeypatch, tmp_path: Path):
    imported = builtins.__import__

    def without_kenlm(name, *args, **kwargs):
        if name == "kenlm":
            raise ImportError(name)
        return imported(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_kenlm)
    with pytest.raises(ImportError, match="pip install kenlm"):
        KenLM(tmp_path / "model.arpa")
