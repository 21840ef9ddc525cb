"""Closed forms, and a planted CLIP."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from tests.unsup_asr.planted import CAPTIONS
from unsup_asr.data.vocabulary import Vocabulary
from unsup_asr.encoders.clip import Clip
from unsup_asr.training.picture_words import PictureWords

DOG, CAT = 1, 2


@given(
    angle=st.floats(0, math.pi),
    scale=st.floats(0, 100),
    trust=st.floats(0, 0.99),
    share=st.floats(0.05, 0.95),
)
def test_two_captions_in_closed_form(angle, scale, trust, share):
    """Two captions at a right angle: the softmax between them is a logistic function."""
    image = torch.tensor([[math.cos(angle), math.sin(angle)]])
    unigram = torch.tensor([0.0, share, 1 - share])
    scores = PictureWords.of(torch.eye(2), torch.tensor([[DOG], [CAT]]), 3, scale).scores(
        image, unigram, trust
    )
    difference = float(image[0, 0] - image[0, 1])
    dog = 1 / (1 + math.exp(-scale * difference))
    assert float(scores[0, DOG]) == pytest.approx(math.log(trust * dog / share + 1 - trust), abs=1e-3)
    assert float(scores[0, CAT]) == pytest.approx(
        math.log(trust * (1 - dog) / (1 - share) + 1 - trust), abs=1e-3
    )
    assert float(scores[0, 0]) == 0


def test_a_picture_calls_for_the_words_of_the_caption_that_it_shows():
    captions = torch.tensor([[1, 2, 3], [4, 5, 0], [6, 7, 8], [9, 0, 0]])
    unigram = torch.tensor([0.0, *[1 / 9] * 9])
    images = functional.normalize(torch.eye(4) + 0.1, dim=-1)
    scores = PictureWords.of(torch.eye(4), captions, 10, 50.0).scores(images, unigram, 0.9)
    for picture, caption in enumerate(captions.tolist()):
        shown = [entry for entry in caption if entry]
        others = [entry for entry in range(1, 10) if entry not in shown]
        assert scores[picture, shown].min() > 0 > scores[picture, others].max()
        # A caption's words share it; what no near caption says keeps what the picture is not trusted with.
        expected = torch.full((len(shown),), math.log(0.9 * 9 / len(shown) + 0.1))
        torch.testing.assert_close(scores[picture, shown], expected, atol=1e-3, rtol=0)
        torch.testing.assert_close(
            scores[picture, others], torch.full((len(others),), math.log(0.1)), atol=1e-3, rtol=0
        )


def test_the_nearest_caption_is_that_of_the_greatest_cosine():
    generator = torch.Generator().manual_seed(0)
    embeddings = functional.normalize(torch.randn(50, 8, generator=generator), dim=-1)
    images = functional.normalize(embeddings[[7, 3, 49]] + 0.01, dim=-1)
    words = PictureWords.of(embeddings, torch.ones(50, 1, dtype=torch.int64), 2, 1.0)
    assert words.nearest(images).tolist() == [7, 3, 49]


def test_captions_are_read_as_clip_reads_their_text(tokenizer, tiny_clip):
    """Two captions as text, tokenised and encoded by open_clip itself."""
    clip = Clip.load(str(tiny_clip))
    vocabulary = Vocabulary.from_captions(CAPTIONS, tokenizer)
    index = vocabulary.index()
    captions = nn.utils.rnn.pad_sequence(
        [torch.tensor([index[word] for word in words]) for words in CAPTIONS], batch_first=True
    )
    words = PictureWords.read(clip, vocabulary, captions)
    texts = clip.tokenizer([" ".join(caption) for caption in CAPTIONS])
    torch.testing.assert_close(
        words.embeddings, clip.model.encode_text(texts, normalize=True).detach(), atol=1e-4, rtol=1e-4
    )
    # A picture that looks like a caption calls for its words above all.
    clear = PictureWords(words.embeddings, words.shares, 1e4)
    for row, called in zip(captions, clear.called_for(words.embeddings), strict=True):
        assert set(called.nonzero().flatten().tolist()) == {entry for entry in row.tolist() if entry}


def test_a_clip_that_sees_nothing_changes_nothing():
    """At scale 0 all captions weigh the same, and the mean of equally long captions is the unigram."""
    generator = torch.Generator().manual_seed(0)
    captions = torch.randint(1, 8, (40, 5), generator=generator)
    unigram = captions.flatten().bincount(minlength=8) / captions.numel()
    images, texts = (
        functional.normalize(torch.randn(n, 6, generator=generator), dim=-1) for n in (3, len(captions))
    )
    scores = PictureWords.of(texts, captions, 8, 0.0).scores(images, unigram, 0.9)
    torch.testing.assert_close(scores, torch.zeros(3, 8), atol=1e-5, rtol=0)


def test_the_mixture_is_a_distribution_and_pictures_do_not_influence_each_other():
    generator = torch.Generator().manual_seed(1)
    captions = torch.randint(0, 8, (30, 6), generator=generator)
    captions[:, 0] = 1 + captions[:, 0] % 7
    unigram = torch.tensor([0.0, *torch.rand(7, generator=generator).softmax(dim=0)])
    images, texts = (
        functional.normalize(torch.randn(n, 5, generator=generator), dim=-1) for n in (300, len(captions))
    )
    words = PictureWords.of(texts, captions, 8, 20.0)
    scores = words.scores(images, unigram, 0.7)
    torch.testing.assert_close((scores.exp() * unigram).sum(dim=1), torch.ones(300), atol=1e-4, rtol=0)
    for row in (0, 255, 256, 299):
        alone = words.scores(images[row : row + 1], unigram, 0.7)
        torch.testing.assert_close(alone[0], scores[row], atol=1e-5, rtol=1e-5)
