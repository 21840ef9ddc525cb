"""Templates: Gaussians with a covariance in common, which hear one sound in a word."""

import pytest
import torch
from torch.distributions import MultivariateNormal

from segmenters.recognised.frame_words import FrameWords, FrameWordsConfig
from segmenters.recognised.templates import Example, WordTemplates

WORDS = 2
DIMENSIONS = 600  # wide frames are not stacked


@pytest.fixture
def like() -> FrameWords:
    return FrameWords(FrameWordsConfig(width=4), channels=2, hop=0.02, entries=1 + WORDS)


def examples(channels: int, count: int = 30) -> list[Example]:
    generator = torch.Generator().manual_seed(0)
    centres = 3 * torch.randn(1 + 3 * WORDS, channels, generator=generator)
    states = [torch.randint(0, 1 + 3 * WORDS, (50,), generator=generator) for _ in range(count)]
    return [Example(centres[s] + torch.randn(50, channels, generator=generator), s) for s in states]


def test_scores_are_the_log_posteriors_of_gaussians_with_one_covariance(like, monkeypatch):
    monkeypatch.setattr("segmenters.recognised.state_gaussians._BESIDE", 0)
    seen = examples(2)
    templates = WordTemplates(like, seen)
    frames, states = torch.cat([e.frames for e in seen]), torch.cat([e.states for e in seen])
    counts = states.bincount().double()
    raw = torch.stack([frames[states == s].double().mean(dim=0) for s in range(7)])
    means = (raw * counts[:, None] + 10 * frames.double().mean(dim=0)) / (counts + 10)[:, None]
    within = frames.double() - raw[states]
    covariance = within.T @ within / len(frames) + 1e-3 * torch.eye(2)
    densities = MultivariateNormal(means, covariance).log_prob(frames[:50, None].double())
    found = templates.evidence(frames[None, :50], [50])[0]
    torch.testing.assert_close(found.double(), densities.log_softmax(dim=-1), atol=1e-4, rtol=1e-4)


def test_padding_changes_nothing_and_strides_are_those_of_the_network():
    fast = FrameWords(FrameWordsConfig(width=4), channels=3, hop=0.01, entries=3)
    seen = [Example(torch.randn(31, 3), torch.randint(0, 7, (16,))) for _ in range(5)]
    templates = WordTemplates(fast, seen)
    padded = torch.zeros(2, 31, 3)
    padded[0], padded[1, :20] = seen[0].frames, seen[1].frames[:20]
    together = templates.evidence(padded, [31, 20])
    assert together.shape == (2, 16, 7) and templates.hop == fast.hop
    torch.testing.assert_close(together[1, :10], templates.evidence(padded[1:, :20], [20])[0])


def test_wide_frames_are_looked_at_one_by_one(like):
    seen = [Example(torch.randn(4, DIMENSIONS), torch.tensor([0, 1, 2, 3]))]
    assert WordTemplates(like, seen).weights.shape == (DIMENSIONS, 7)


def test_a_word_that_was_taken_for_two_sounds_fits_the_more_frequent_one(like):
    """A third of what was read as the first word sounds like the second: the second claims it back."""
    torch.manual_seed(0)
    sounds = {1: torch.tensor([4.0, 0.0]), 2: torch.tensor([0.0, 4.0])}

    def said(sound: int, read_as: int) -> Example:
        states = read_as + WORDS * (torch.arange(30) * 3 // 30)
        return Example(sounds[sound] + torch.randn(30, 2), states)

    seen = [said(1, 1) for _ in range(20)] + [said(2, 1) for _ in range(10)] + [said(2, 2) for _ in range(10)]
    templates = WordTemplates(like, seen)
    for sound, own, other in ((1, 1, 2), (2, 2, 1)):
        scores = templates.evidence((sounds[sound] + torch.randn(30, 2))[None], [30])[0].sum(dim=0)
        assert scores[own] > scores[other]
