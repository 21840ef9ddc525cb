"""Better hypotheses score better, for the reason that made them better; the figures are KenLM's and CLIP's."""

import math

import kenlm
import pytest
import torch

from lm.arpa import write_arpa
from lm.kenlm_model import KenLM
from lm.kneser_ney import estimate
from tests.unsup_asr.planted import CAPTIONS, rows, sounds, spoken_words
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.encoders.clip import Clip
from unsup_asr.training.selection import Judge

WRITTEN = [*CAPTIONS, ["a", "big", "dog"], ["the", "cat", "sleeps"]]


@pytest.fixture(scope="module")
def arpa_file(tokenizer, tmp_path_factory):
    path = tmp_path_factory.mktemp("lm") / "lm.arpa"
    write_arpa(estimate(caption_pieces(CAPTIONS, tokenizer), 3, discount_fallback=True), path)
    return path


@pytest.fixture(scope="module")
def judge(tokenizer, tiny_clip, arpa_file) -> Judge:
    """Every picture is the embedding of the sentence that was said of it."""
    vocabulary = Vocabulary.from_captions(CAPTIONS, tokenizer)
    clip = Clip.load(str(tiny_clip))
    images = clip.encode_captions([tokenizer.encode(" ".join(words)) for words in WRITTEN])
    spoken = spoken_words(rows(vocabulary, WRITTEN), sounds(len(vocabulary)), images)
    return Judge(vocabulary, KenLM(arpa_file), clip, spoken)


def with_words(judge: Judge, exchanged: dict[str, str]) -> list[list[int]]:
    return rows(judge.vocabulary, [[exchanged.get(word, word) for word in row] for row in WRITTEN])


def test_what_was_said_finds_every_picture(judge):
    fitness = judge.fitness(with_words(judge, {}))
    assert fitness.retrieval_r1 == 100
    assert fitness.pool == len(WRITTEN)
    assert fitness.vocabulary_use == 100
    assert fitness.score == pytest.approx(-math.log(fitness.perplexity))


def test_perplexity_is_kenlms(judge, arpa_file, tokenizer):
    model = kenlm.Model(str(arpa_file))
    sentences = caption_pieces(WRITTEN, tokenizer)
    log10 = sum(model.score(" ".join(pieces)) for pieces in sentences)
    expected = 10 ** (-log10 / sum(len(pieces) + 1 for pieces in sentences))
    fitness = judge.fitness(with_words(judge, {}))
    assert fitness.perplexity == pytest.approx(expected, rel=1e-5)
    assert fitness.log10_probability == pytest.approx(log10, rel=1e-5)


def test_exchangeable_words_are_told_apart_by_pictures_alone(judge):
    """`big` and `red` stand in the same contexts equally often: no n-gram model can tell which is which."""
    right, wrong = (judge.fitness(with_words(judge, e)) for e in ({}, {"big": "red", "red": "big"}))
    known = len(WRITTEN) - 1  # "the cat sleeps" has neither
    assert wrong.retrieval_r1 == pytest.approx(100 * (1 - known / len(WRITTEN)))
    assert wrong.score < right.score


def test_what_no_caption_says_is_told_by_perplexity(judge):
    right, wrong = (judge.fitness(with_words(judge, e)) for e in ({}, {"dog": "sleeps", "cat": "runs"}))
    assert wrong.perplexity > 1.5 * right.perplexity
    assert wrong.score < right.score


def test_one_sentence_for_everything_loses(judge):
    collapsed = judge.fitness(rows(judge.vocabulary, CAPTIONS[:1] * len(WRITTEN)))
    words = {word for caption in CAPTIONS for word in caption}
    assert collapsed.vocabulary_use == pytest.approx(100 * len(set(CAPTIONS[0])) / len(words))
    assert collapsed.retrieval_r1 == pytest.approx(100 / len(WRITTEN))
    assert collapsed.score < judge.fitness(with_words(judge, {})).score


def test_nothing_found_is_as_good_as_chance(judge):
    """Everybody writes what was said of the next picture."""
    moved = rows(judge.vocabulary, [*WRITTEN[1:], WRITTEN[0]])
    fitness = judge.fitness(moved)
    assert fitness.retrieval_r1 == 0
    expected = math.log(fitness.vocabulary_use / 100) - math.log(len(WRITTEN) * fitness.perplexity)
    assert fitness.score == pytest.approx(expected)


def test_a_picture_that_is_described_twice_is_found_by_either(judge):
    images = judge.spoken.images.clone()
    images[1] = images[0]
    ids = torch.arange(len(WRITTEN))
    ids[1] = 0
    spoken = spoken_words(rows(judge.vocabulary, WRITTEN), sounds(len(judge.vocabulary)), images)
    object.__setattr__(spoken, "image_ids", ids)
    twice = Judge(judge.vocabulary, judge.kenlm, judge.clip, spoken)
    said = [WRITTEN[0], WRITTEN[0], *WRITTEN[2:]]
    fitness = twice.fitness(rows(judge.vocabulary, said))
    assert (fitness.retrieval_r1, fitness.pool) == (100, len(WRITTEN) - 1)


def test_silence_is_judged(judge):
    fitness = judge.fitness([[] for _ in WRITTEN])
    assert math.isfinite(fitness.score) and fitness.vocabulary_use == 0
