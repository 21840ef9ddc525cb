import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist
from torch.nn.functional import normalize

from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import InputError
from unsup_asr.evaluation.word_similarity import WordSimilarity, clip_words

WORDS = [f"word{n}" for n in range(40)]
TABLE = normalize(torch.from_numpy(np.random.default_rng(0).standard_normal((40, 8)) + 1).float(), dim=-1)


def embed(words):
    return TABLE[[WORDS.index(word) for word in words]]


def test_one_pair_in_twenty_lies_above_chance():
    similarity = WordSimilarity.of_captions(embed, [WORDS, ["the", "of"]])
    cosines = 1 - pdist(TABLE.numpy() - TABLE.numpy().mean(axis=0), "cosine")
    assert np.mean(cosines > similarity.related_from) == pytest.approx(0.05, abs=1 / len(cosines))
    first = similarity.cosines([WORDS[0]] * 39, WORDS[1:])
    np.testing.assert_allclose(first, cosines[:39], atol=1e-6)


def test_how_often_a_word_is_used_does_not_matter():
    once, often = (WordSimilarity.of_captions(embed, [WORDS, *extra]) for extra in ([], [WORDS[:3]] * 50))
    assert once.related_from == pytest.approx(often.related_from, abs=1e-6)


def test_function_words_and_nothing_are_similar_to_nothing():
    similarity = WordSimilarity.of_captions(embed, [WORDS])
    assert similarity.cosines(["word0", "the", "word1"], ["", "the", "of"]) == [None, None, None]
    assert similarity.cosines([], []) == []


def test_captions_need_two_content_words():
    with pytest.raises(InputError, match="the captions have 1"):
        WordSimilarity.of_captions(embed, [["the", "word0"]])


def test_words_are_embedded_as_texts_of_clip(tiny_clip):
    clip = Clip.load(str(tiny_clip))
    with torch.no_grad():
        expected = clip.model.encode_text(clip.tokenizer(["dog", "skateboarding"]), normalize=True)
    torch.testing.assert_close(clip_words(clip)(["dog", "skateboarding"]), expected, atol=1e-5, rtol=0)
