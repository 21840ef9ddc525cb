"""The teachers agree with the n-gram model, the captions and CLIP that they were gathered from."""

from collections import Counter
from itertools import pairwise

import pytest
import torch

from lm.kneser_ney import estimate
from tests.unsup_asr.planted import CAPTIONS
from unsup_asr.data.vocabulary import NULL, Vocabulary, caption_pieces
from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import InputError
from unsup_asr.training.teachers import Teachers

UNKNOWN = ["a", "hippopotamus", "runs"]  # of three pieces: left out below
RARE = [["two", "dog"], ["dog"]]


@pytest.fixture(scope="module")
def teachers(tokenizer, tiny_clip) -> Teachers:
    captions = [*CAPTIONS, UNKNOWN, *RARE]
    vocabulary = Vocabulary.from_captions(captions, tokenizer, max_pieces=1)
    arpa = estimate(caption_pieces(captions, tokenizer), 2, discount_fallback=True)
    return Teachers.gather(vocabulary, Clip.load(str(tiny_clip)), arpa, captions)


def test_the_unigram_is_the_share_of_every_word_in_the_captions(teachers):
    counts = Counter(word for caption in [*CAPTIONS, UNKNOWN, *RARE] for word in caption)
    del counts["hippopotamus"]
    for entry in teachers.vocabulary.entries[1:]:
        share = float(teachers.unigram[entry.id])
        assert share == pytest.approx(counts[entry.word] / counts.total())
    assert float(teachers.unigram[NULL]) == 0


def test_bigrams_are_the_models_and_null_is_out_of_the_question(teachers):
    words = len(teachers.vocabulary)
    bigram = teachers.bigram
    assert bigram.shape == (words + 1, words + 1)
    assert (bigram[NULL] < -1e3).all() and (bigram[:, NULL] < -1e3).all()
    index = teachers.vocabulary.index()
    for sentence in (["a", "red", "dog"], ["dog"], ["sleeps", "the"]):
        entries = [index[word] for word in sentence]
        path = [words, *entries, words]  # the start's row, the end's column
        total = sum(float(bigram[a, b]) for a, b in pairwise(path))
        score = teachers.lm.score(torch.tensor([entries]), torch.tensor([len(entries)]))
        assert total == pytest.approx(float(score), abs=1e-4)


def test_transitions_tell_how_often_a_word_stands_behind_another_whatever_the_order_of_the_model(
    tokenizer, tiny_clip
):
    """A pair behind one word alone is frequent; a longer model with Kneser-Ney smoothing hardly knows it."""
    openings = [["the", "red", noun] for noun in ("dog", "cat", "car", "bus")]
    captions = 20 * [*openings, *([verb, "the", "bird"] for verb in ("see", "draw", "paint"))]
    vocabulary = Vocabulary.from_captions(captions, tokenizer, max_pieces=1)
    arpa = estimate(caption_pieces(captions, tokenizer), 4)
    teachers = Teachers.gather(vocabulary, Clip.load(str(tiny_clip)), arpa, captions)
    index = vocabulary.index()
    the, red, bird = index["the"], index["red"], index["bird"]
    assert teachers.transitions[the, red].exp() == pytest.approx(4 / 7, abs=0.05)
    assert teachers.transitions[the, bird].exp() == pytest.approx(3 / 7, abs=0.05)
    assert teachers.bigram[the, red].exp() < 0.4 and teachers.bigram.shape == teachers.transitions.shape
    assert (teachers.transitions[NULL] < -1e3).all() and (teachers.transitions[:, NULL] < -1e3).all()


def test_captions_with_unknown_words_are_left_out(teachers):
    words = teachers.vocabulary.words
    read = [[words[entry] for entry in row if entry != NULL] for row in teachers.captions.tolist()]
    assert read == [*CAPTIONS, *RARE]
    assert teachers.captions.shape == (len(CAPTIONS) + 2, 4)


def test_entries_are_embedded_as_clip_embeds_their_pieces(teachers):
    table = teachers.clip.token_embeddings
    for entry in teachers.vocabulary.entries[1:]:
        torch.testing.assert_close(
            teachers.entries.means()[entry.id], table[list(entry.clip_ids)].mean(dim=0)
        )


def test_captions_that_cannot_be_written_are_refused(tokenizer, tiny_clip):
    captions = [["a", "hippopotamus"], ["the", "hippopotamus"]]
    vocabulary = Vocabulary.from_captions(captions, tokenizer, max_pieces=1)
    arpa = estimate(caption_pieces(captions, tokenizer), 2, discount_fallback=True)
    with pytest.raises(InputError, match="none of 2 captions"):
        Teachers.gather(vocabulary, Clip.load(str(tiny_clip)), arpa, captions)
