"""Greedy text in the order of English: the same words, in the order that the language model likes most."""

import itertools
from dataclasses import replace

import pytest
import torch

from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from tests.unsup_asr.planted import sounds, spoken_words, taught_generator
from unsup_asr.data.vocabulary import NULL, Entry, Vocabulary
from unsup_asr.decoding import reordering_decoder
from unsup_asr.decoding.decoder import Decoder, DecoderConfig
from unsup_asr.decoding.reordering import ReorderingConfig
from unsup_asr.decoding.reordering_decoder import ReorderingDecoder

TEXT = ["the big dog runs", "a cat is under the tree", "the cat runs", "a big tree", "the dog is under a cat"]
WORDS = sorted({word for line in TEXT for word in line.split()})
VOCABULARY = Vocabulary(
    (Entry(NULL, (), (), 0), *(Entry(k, (f"{word}</w>",), (k,), 1) for k, word in enumerate(WORDS, 1)))
)
LM = EntryLM.from_arpa(
    estimate([[f"{word}</w>" for word in line.split()] for line in TEXT], 3),
    [entry.pieces for entry in VOCABULARY.entries],
)
SAID = [
    ["dog", "big", "the", "runs"],
    ["tree", "under", "cat", "is"],
    [],
    ["cat"],
    ["big", "cat", "tree", "a"],
]
HEARD = sounds(len(VOCABULARY))
SENTENCES = [[VOCABULARY.index()[word] for word in line] for line in SAID]


@pytest.fixture(scope="module")
def decoder() -> ReorderingDecoder:
    generator = taught_generator(HEARD[1:], torch.eye(len(VOCABULARY))[1:])
    config = ReorderingConfig(distortion=0.0, beam=64)
    return ReorderingDecoder(generator, VOCABULARY, LM, DecoderConfig(), config, torch.tensor([1, 2]))


def test_greedy_text_has_the_words_that_are_heard_in_the_likeliest_order(decoder):
    found = decoder.greedy(spoken_words(SENTENCES, HEARD))
    for row, sentence in zip(found, SENTENCES, strict=True):
        orders = torch.tensor(sorted(itertools.permutations(sentence))).long()
        scores = LM.score(orders, torch.full((len(orders),), len(sentence)))
        assert sorted(row) == sorted(sentence)
        own = LM.score(torch.tensor([row]).long(), torch.tensor([len(row)]))
        assert float(own) == pytest.approx(float(scores.max()), abs=1e-4)
    assert [VOCABULARY.words[entry] for entry in found[0]] == ["the", "big", "dog", "runs"]


def test_many_utterances_are_ordered_as_few(decoder, monkeypatch):
    spoken = spoken_words(SENTENCES * 2, HEARD)
    together = decoder.greedy(spoken)
    monkeypatch.setattr(reordering_decoder, "CHUNK", 3)
    assert decoder.greedy(spoken) == together


def test_speech_in_which_no_word_is_heard_is_empty(decoder):
    generator = taught_generator(HEARD[1:], torch.eye(len(VOCABULARY))[1:])
    generator.config = replace(generator.config, use_null=True)
    generator.null_score.data.fill_(2.0)
    assert replace(decoder, generator=generator).greedy(spoken_words(SENTENCES, HEARD)) == [[]] * len(SAID)


def test_without_a_window_the_order_is_that_of_speech(decoder):
    kept = replace(decoder, reordering=replace(decoder.reordering, window=0))
    plain = Decoder(decoder.generator, VOCABULARY, LM, DecoderConfig())
    spoken = spoken_words(SENTENCES, HEARD)
    assert kept.greedy(spoken) == plain.greedy(spoken) == SENTENCES
