"""A CLIP whose geometry is planted: its projections are solved for, the rest is a real model."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from unsup_asr.data.captioned_pictures import CaptionedPictures, FalseCaption, TrueCaption
from unsup_asr.encoders.clip import Clip
from unsup_asr.evaluation import clip_accuracy as module
from unsup_asr.evaluation.clip_accuracy import clip_accuracy
from unsup_asr.evaluation.retrieval import retrieval_r1

NOUNS = ["dog", "cat", "car", "tree"]


def described(number: int) -> list[TrueCaption]:
    """Two captions a picture; of each, a false noun, and of the first, a false colour."""
    noun, other = NOUNS[number], NOUNS[(number + 1) % 4]
    return [
        TrueCaption(
            ("a", noun, "here"),
            (FalseCaption("noun", ("a", other, "there")), FalseCaption("colour", ("red", noun))),
        ),
        TrueCaption(("the", noun), (FalseCaption("noun", ("the", other, "again")),)),
    ]


PIXELS = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
PICTURES = CaptionedPictures(PIXELS, [described(number) for number in range(4)])


def planted(folder: str, colours_fit_better: int = 0) -> Clip:
    """Pictures lie on axes of their own, true captions near them, false ones opposite.

    In `colours_fit_better` of the pictures the caption with a false colour lies nearer than the true ones.
    """
    clip = Clip.load(folder)
    own = functional.pad(torch.eye(4), (0, 12))
    targets: dict[str, Tensor] = {}
    for number, captions in enumerate(PICTURES.captions):
        aside = torch.zeros(16)
        aside[8] = 0.2
        for caption in captions:
            targets[" ".join(caption.words)] = own[number] + aside
            for false in caption.false:
                nearer = false.kind == "colour" and number < colours_fit_better
                targets[" ".join(false.words)] = own[number] * (1 if nearer else -1)
    clip.text.text_projection = nn.Parameter(torch.eye(32))
    features = clip.encode_captions([clip.tokenizer.encode(text) for text in targets])
    clip.model.visual.proj = nn.Parameter(torch.eye(32))
    seen = clip.encode_images([Image.fromarray(pixels) for pixels in PIXELS])
    clip.text.text_projection = nn.Parameter(solve(features, torch.stack(list(targets.values()))))
    clip.model.visual.proj = nn.Parameter(solve(seen, own))
    return clip


def solve(features: Tensor, targets: Tensor) -> Tensor:
    """The projection [32, 16] that takes features [N, 32] to targets [N, 16]."""
    return torch.linalg.lstsq(features.double(), targets.double(), driver="gelsd").solution.float()


def test_a_perfect_clip_has_all_right(tiny_clip):
    found = clip_accuracy(planted(str(tiny_clip)), PICTURES)
    assert (found.r1, found.pool) == (100, 4)
    assert found.minimal_pairs == {"colour": 100, "noun": 100}


def test_an_inverted_clip_has_all_wrong(tiny_clip):
    clip = planted(str(tiny_clip))
    clip.text.text_projection.data.neg_()
    found = clip_accuracy(clip, PICTURES)
    assert found.r1 == 0
    assert found.minimal_pairs == {"colour": 0, "noun": 0}


@pytest.mark.parametrize("wrong", [1, 3])
def test_classes_are_counted_apart(tiny_clip, wrong):
    found = clip_accuracy(planted(str(tiny_clip), colours_fit_better=wrong), PICTURES)
    assert found.minimal_pairs == {"colour": 100 * (1 - wrong / 4), "noun": 100}
    assert found.r1 == 100


def test_retrieval_in_closed_form():
    own = torch.eye(5)
    assert retrieval_r1(own, own) == 100
    assert retrieval_r1(own, own.roll(1, dims=0)) == 0
    half = torch.cat([own[:2], own[2:].roll(1, dims=0)])
    assert retrieval_r1(own, half) == pytest.approx(40)


def test_chance_is_one_in_the_pool():
    generator = torch.Generator().manual_seed(0)
    queries, keys = (
        functional.normalize(torch.randn(4000, 8, generator=generator), dim=-1) for _ in range(2)
    )
    pools = [retrieval_r1(q, k) for q, k in zip(queries.split(10), keys.split(10), strict=True)]
    # 4,000 questions at one in ten: a deviation of 0.5 %.
    assert sum(pools) / len(pools) == pytest.approx(10, abs=1.6)


def test_a_pool_that_is_not_full_is_left_out(tiny_clip, monkeypatch):
    """Of four pictures in pools of three, the fourth is not looked at."""
    monkeypatch.setattr(module, "POOL", 3)
    clip = planted(str(tiny_clip))
    pictures = CaptionedPictures(PIXELS, [*PICTURES.captions[:3], PICTURES.captions[0]])
    found = clip_accuracy(clip, pictures)
    assert (found.r1, found.pool) == (100, 3)


def test_any_description_of_the_picture_finds_it():
    keys = torch.eye(3)[[0, 0, 1, 2]]
    assert retrieval_r1(keys, keys) == 75
    assert retrieval_r1(keys, keys, torch.tensor([0, 0, 1, 2])) == 100
