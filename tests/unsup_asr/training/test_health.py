"""Figures of what is written, against their definitions, KenLM and captions."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from lm.arpa import write_arpa
from lm.kenlm_model import KenLM
from lm.kneser_ney import estimate
from tests.unsup_asr.planted import CAPTIONS, rows
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.encoders.clip import Clip
from unsup_asr.training.health import Health, text_health, usual_health, word_health
from unsup_asr.training.teachers import Teachers

ENTRIES = 5
BIGRAM = torch.randn(ENTRIES + 1, ENTRIES + 1, generator=torch.Generator().manual_seed(0)).log_softmax(dim=1)
# Texts of entries, some of them null, and of segments without a text.
TEXTS = st.lists(st.lists(st.integers(0, ENTRIES - 1), min_size=1, max_size=6), min_size=1, max_size=5)


def laid_out(texts: list[list[int]], entries: int = ENTRIES) -> tuple[Tensor, Tensor]:
    """One-hot probabilities [B, T, V] and their mask."""
    longest = max(map(len, texts))
    numbers = torch.tensor([text + [0] * (longest - len(text)) for text in texts])
    mask = torch.tensor([[True] * len(text) + [False] * (longest - len(text)) for text in texts])
    return functional.one_hot(numbers, entries) * mask[..., None].float(), mask


def health(texts: list[list[int]]) -> Health:
    return text_health(*laid_out(texts), BIGRAM)


@given(TEXTS)
def test_figures_are_as_defined(texts):
    found, said = health(texts), [entry for text in texts for entry in text]
    assert float(found.null) == pytest.approx(said.count(0) / len(said))
    words = [entry for entry in said if entry]
    if words:
        assert float(found.top_word) == pytest.approx(max(map(words.count, words)) / len(words))
        assert 1 - 1e-4 <= float(found.words_in_use) <= len(set(words)) + 1e-4
    total, tokens, edge = 0.0, 0, ENTRIES
    for text in texts:
        path = [edge, *(entry for entry in text if entry), edge]
        total -= sum(float(BIGRAM[before, after]) for before, after in pairwise(path))
        tokens += len(path) - 1
    assert float(found.log_perplexity) == pytest.approx(total / tokens, rel=1e-4)


@given(TEXTS, st.integers(1, 3))
def test_null_and_padding_change_nothing_but_the_share_of_null(texts, number):
    """Half of the words of another language may have none in English."""
    padded = health([[0] * number + text + [0] for text in texts]).logged()
    for name, value in health(texts).logged().items():
        if name != "null":
            torch.testing.assert_close(padded[name], value, rtol=1e-4, atol=1e-5)


@given(TEXTS)
def test_the_same_texts_again_are_as_healthy(texts):
    once, twice = (torch.stack(list(health(k * texts).logged().values())) for k in (1, 2))
    torch.testing.assert_close(once, twice)


@given(TEXTS)
def test_words_in_no_order_are_as_healthy_as_in_texts(texts):
    probabilities, mask = laid_out(texts)
    words, whole = word_health(probabilities[mask]).logged(), health(texts).logged()
    assert words.keys() == whole.keys() - {"log_perplexity"}
    for name, value in words.items():
        torch.testing.assert_close(value, whole[name])


def test_the_unsure_use_more_words_than_they_write():
    probabilities = torch.full((1, 4, ENTRIES), 0.15)
    probabilities[..., 1] = 0.4
    found = text_health(probabilities, torch.ones(1, 4, dtype=torch.bool), BIGRAM)
    assert float(found.top_word) == pytest.approx(0.4 / (1 - 0.15))
    assert 3 < float(found.words_in_use) < ENTRIES - 1


@pytest.fixture(scope="module")
def teachers(tokenizer, tiny_clip) -> Teachers:
    vocabulary = Vocabulary.from_captions(CAPTIONS, tokenizer)
    arpa = estimate(caption_pieces(CAPTIONS, tokenizer), 2, discount_fallback=True)
    return Teachers.gather(vocabulary, Clip.load(str(tiny_clip)), arpa, CAPTIONS * 2)


def test_perplexity_is_kenlms(teachers, tokenizer, tmp_path):
    write_arpa(estimate(caption_pieces(CAPTIONS, tokenizer), 2, discount_fallback=True), tmp_path / "lm.arpa")
    texts = [["the", "dog"], ["a", "red", "cat", "runs"], ["sleeps"]]
    expected = KenLM(tmp_path / "lm.arpa").perplexity([[f"{word}</w>" for word in text] for text in texts])
    numbers = rows(teachers.vocabulary, texts)
    found = text_health(*laid_out(numbers, len(teachers.vocabulary)), teachers.bigram)
    assert float(found.log_perplexity.exp()) == pytest.approx(expected, rel=1e-4)


def test_usual_is_the_mean_of_the_captions_batches(teachers):
    """The same four captions are in every batch of four, or all eight in one that is larger."""
    table = torch.tensor(rows(teachers.vocabulary, CAPTIONS))
    size = len(teachers.vocabulary)
    expected = text_health(functional.one_hot(table, size).float(), table > 0, teachers.bigram)
    for batch in (8, 100):
        usual = usual_health(teachers.captions, teachers.bigram, batch).logged()
        for name, value in expected.logged().items():
            torch.testing.assert_close(usual[name], value)
    fewer = usual_health(teachers.captions, teachers.bigram, 2)
    assert float(fewer.words_in_use) < float(expected.words_in_use)
