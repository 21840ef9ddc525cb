"""Recalls are those of the published code, and chance is what similarities drawn at random give."""

import json
from dataclasses import astuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from unsup_asr.errors import InputError
from unsup_asr.evaluation import retrieval as module
from unsup_asr.evaluation.retrieval import (
    RetrievalScores,
    read_retrieval,
    retrieval_by_similarity,
    retrieval_r1,
    retrieval_scores,
    write_retrieval,
)

# (seed, utterances, pictures, width), and what `mutualRetrieval` of atosystem/SpeechCLIP gives for it: speech to
# picture, picture to speech, mean; each at 1, 5 and 10.
PUBLISHED = [
    ((0, 50, 10, 4), [(32.0, 86.0, 100.0), (50.0, 80.0, 100.0), (41.0, 83.0, 100.0)]),
    ((1, 25, 25, 3), [(16.0, 40.0, 68.0), (20.0, 44.0, 64.0), (18.0, 42.0, 66.0)]),
    ((2, 40, 8, 16), [(62.5, 100.0, 100.0), (75.0, 100.0, 100.0), (68.75, 100.0, 100.0)]),
    ((3, 7, 3, 2), [(85.7143, 100.0, 100.0), (100.0, 100.0, 100.0), (92.8571, 100.0, 100.0)]),
    ((4, 200, 60, 6), [(18.5, 42.0, 59.5), (13.3333, 50.0, 66.6667), (15.9167, 46.0, 63.0833)]),
    ((5, 3000, 1100, 12), [(8.5, 21.4, 30.2333), (11.0909, 27.5455, 37.8182), (9.7955, 24.4727, 34.0258)]),
]


def drawn(seed: int, n: int, p: int, e: int) -> tuple[Tensor, Tensor, Tensor]:
    """Utterances that lie about their pictures, several to some."""
    g = np.random.default_rng(seed)
    image_of = g.permutation(np.concatenate([np.arange(p), g.integers(p, size=n - p)]))
    images = g.standard_normal((p, e))
    speech = images[image_of] + 1.5 * g.standard_normal((n, e))
    return torch.from_numpy(speech), torch.from_numpy(images), torch.from_numpy(image_of)


def recalls(scores: RetrievalScores) -> list[tuple[float, ...]]:
    return [astuple(part) for part in (scores.speech_to_image, scores.image_to_speech, scores.mean)]


@pytest.mark.parametrize(("drawing", "published"), PUBLISHED)
@pytest.mark.parametrize("rows", [7, 1024])
def test_recalls_are_those_of_the_published_code(drawing, published, rows, monkeypatch):
    monkeypatch.setattr(module, "_ROWS", rows)
    speech, images, image_of = drawn(*drawing)
    scores = retrieval_scores(speech, images, image_of)
    for ours, theirs in zip(recalls(scores), published, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-3)
    assert (scores.utterances, scores.images) == drawing[1:3]
    assert retrieval_by_similarity(speech @ images.T, image_of) == scores


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(0, 20))
def test_recalls_are_those_of_sets_taken_one_by_one(seed, pictures, more):
    speech, images, image_of = drawn(seed, pictures + more, pictures, 3)
    similarity, scores = (speech @ images.T).numpy(), retrieval_scores(speech, images, image_of)
    owners = image_of.tolist()
    for k, forth, back in zip((1, 5, 10), *recalls(scores)[:2], strict=True):
        found = [owners[n] in np.argsort(-similarity[n])[:k] for n in range(len(owners))]
        assert forth == pytest.approx(100 * np.mean(found))
        spoken = [
            {owners[n] for n in np.argsort(-similarity[:, p])[:k]} & {p} != set() for p in range(pictures)
        ]
        assert back == pytest.approx(100 * np.mean(spoken))


def test_chance_is_what_meaningless_similarities_give():
    generator = torch.Generator().manual_seed(0)
    image_of = torch.tensor([0] * 6 + [1] * 3 + [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    drawings = [
        retrieval_by_similarity(torch.rand(len(image_of), 13, generator=generator), image_of)
        for _ in range(1500)
    ]
    for direction in ("speech_to_image", "image_to_speech"):
        measured = np.mean([astuple(getattr(scores, direction)) for scores in drawings], axis=0)
        expected = astuple(getattr(drawings[0], f"chance_{direction}"))
        assert measured == pytest.approx(expected, abs=1.2)
    assert drawings[0].chance_speech_to_image.at_5 == pytest.approx(100 * 5 / 13)


def test_a_model_that_always_says_the_same_is_at_chance():
    image_of = torch.arange(40).repeat(5)
    images = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
    scores = retrieval_scores(torch.ones(200, 4), images, image_of)
    assert astuple(scores.speech_to_image) == pytest.approx(astuple(scores.chance_speech_to_image))
    assert scores.mean.at_1 < 5


def test_the_single_figure_is_the_same_retrieval():
    speech, images, image_of = drawn(0, 30, 30, 4)
    scores = retrieval_scores(speech, images, image_of)
    assert retrieval_r1(speech, images[image_of]) == pytest.approx(scores.speech_to_image.at_1)


def test_what_does_not_fit_is_refused():
    images = torch.eye(3)
    with pytest.raises(InputError, match="2 of 3 pictures have an utterance"):
        retrieval_scores(images[:2], images, torch.tensor([0, 2]))
    with pytest.raises(InputError, match="picture 3 is not among 3"):
        retrieval_scores(images[[0, 1, 2, 0]], images, torch.tensor([0, 1, 2, 3]))
    with pytest.raises(InputError, match="4 embeddings for 3 ids"):
        retrieval_scores(images[[0, 1, 2, 0]], images, torch.tensor([0, 1, 2]))
    with pytest.raises(InputError, match="nothing to retrieve"):
        retrieval_scores(images[:0], images[:0], torch.tensor([], dtype=torch.long))


def test_branches_are_read_as_they_were_written(tmp_path):
    scores = retrieval_scores(*drawn(0, 20, 5, 3))
    path = tmp_path / "retrieval.json"
    write_retrieval(path, {"parallel": scores, "cascaded": scores})
    assert read_retrieval(path) == {"parallel": scores, "cascaded": scores}
    assert json.loads(path.read_text())["cascaded"]["mean"].keys() == {"at_1", "at_5", "at_10"}
    for text in ('{"parallel": {"images": 3}}', "[1]", "{", '{"parallel": {"more": 1}}'):
        path.write_text(text)
        with pytest.raises(InputError, match=r"retrieval\.json: holds no retrieval scores"):
            read_retrieval(path)
    with pytest.raises(InputError, match=r"missing\.json"):
        read_retrieval(tmp_path / "missing.json")
