"""The n-gram terms in the cascade, with real parts: a tiny CLIP, a real n-gram model, random speech."""

from dataclasses import fields

import pytest
import torch

from lm.kneser_ney import estimate
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.encoders.clip import Clip
from unsup_asr.models.discriminator import Discriminator, DiscriminatorConfig
from unsup_asr.models.generator import GeneratorConfig, WordGenerator
from unsup_asr.training.cascade import Cascade, CascadeConfig, LossWeights
from unsup_asr.training.health import Health
from unsup_asr.training.teachers import Teachers

# What is logged besides, of what is written.
HEALTH = {field.name for field in fields(Health)}

CAPTIONS = [line.split() for line in ("a dog runs", "a dog", "two men run home", "a man sleeps")]
SEGMENTS, SLOTS, CHANNELS = 12, 2, 4


@pytest.fixture(scope="module")
def teachers(tiny_clip) -> Teachers:
    clip = Clip.load(str(tiny_clip))
    vocabulary = Vocabulary.from_captions(CAPTIONS, clip.tokenizer)
    arpa = estimate(caption_pieces(CAPTIONS, clip.tokenizer), 3)
    return Teachers.gather(vocabulary, clip, arpa, CAPTIONS)


@pytest.fixture
def cascade(teachers):
    def build(**weights: float) -> Cascade:
        torch.manual_seed(0)
        images = torch.randn(4, teachers.clip.encode_captions([[320]]).shape[1])
        spoken = SpokenWords(
            ids=("a", "b", "c", "d"),
            segments=torch.randn(SEGMENTS, SLOTS, CHANNELS),
            layout=torch.arange(SEGMENTS).view(4, 3),
            spans=torch.zeros(SEGMENTS, 2, dtype=torch.float64),
            images=torch.nn.functional.normalize(images, dim=1),
            image_ids=torch.arange(4),
        )
        means = teachers.entries.means()
        generator = GeneratorConfig(narrow=8, wide=8, dropout=0.0, use_null=True)
        return Cascade(
            CascadeConfig(batch=4),
            LossWeights(**{"semantic": 0.0, **weights}),
            WordGenerator(generator, CHANNELS, SLOTS, means),
            Discriminator(DiscriminatorConfig(hidden=4), means.shape[1]),
            teachers,
            spoken,
            lambda pooled: pooled,
            seed=0,
        )

    return build


@pytest.mark.parametrize("name", ["ngram", "divergence", "length"])
def test_every_term_has_a_weight_and_changes_the_generator(cascade, name):
    task = cascade(**{name: 1.0})
    before = [parameter.detach().clone() for parameter in task.generator.parameters()]
    logged = task.update(0)
    assert set(logged) == {name, *HEALTH} and torch.isfinite(logged[name])
    after = list(task.generator.parameters())
    assert any(not torch.equal(old, new) for old, new in zip(before, after, strict=True))


def test_terms_of_no_weight_draw_no_random_numbers(cascade):
    """So runs without the n-gram term are what they were before there was one."""
    task = cascade(semantic=1.0, bigram=0.3, unigram=2.0)
    before = torch.get_rng_state()
    assert set(task.update(0)) == {"semantic", "bigram", "unigram", *HEALTH}
    assert torch.equal(torch.get_rng_state(), before)


def test_they_weigh_nothing_unless_asked_for():
    weights = LossWeights()
    assert (weights.ngram, weights.divergence, weights.length) == (0.0, 0.0, 0.0)


def test_the_mean_caption_has_its_number_of_words(teachers):
    assert teachers.caption_length == (3 + 2 + 4 + 3) / 4
