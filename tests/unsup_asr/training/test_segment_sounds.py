"""Sums of segments, in Fisher's directions: how well one Gaussian a state fits any naming of them."""

import pytest
import torch
from torch.distributions import Normal

from unsup_asr.training.segment_sounds import SegmentSounds


def sounds_of(outputs: torch.Tensor, segment: torch.Tensor, third: torch.Tensor) -> SegmentSounds:
    sums, counts = (
        torch.zeros(int(segment.max()) + 1, 3, outputs.shape[1]),
        torch.zeros(int(segment.max()) + 1, 3),
    )
    for value, row, part in zip(outputs, segment, third, strict=True):
        sums[row, part] += value
        counts[row, part] += 1
    return SegmentSounds(sums, counts)


def test_the_fit_is_the_greatest_likelihood_of_a_mean_with_ten_outputs_at_zero_besides():
    torch.manual_seed(0)
    outputs = 2 + torch.randn(12, 1)
    sounds = sounds_of(outputs, torch.zeros(12, dtype=torch.long), torch.zeros(12, dtype=torch.long))
    means = torch.linspace(-3, 3, 60001)
    seen = torch.cat([outputs, torch.zeros(10, 1)])
    likelihoods = Normal(means, 1.0).log_prob(seen).sum(dim=0)
    expected = likelihoods.max() - Normal(0.0, 1.0).log_prob(seen).sum()
    torch.testing.assert_close(sounds.fit()[0], expected, atol=1e-3, rtol=1e-4)


def test_moving_segments_between_words_comes_to_the_sums_of_the_new_naming():
    torch.manual_seed(1)
    rows = torch.arange(40).repeat_interleave(6)
    sounds = sounds_of(torch.randn(240, 3), rows, torch.arange(240) % 3)
    before, after = torch.randint(0, 5, (40,)), torch.randint(0, 5, (40,))
    changed = (before != after).nonzero().flatten()
    moved = sounds.of_words(before, 5)
    moved = moved.moved(sounds.at(changed), after[changed], 1).moved(sounds.at(changed), before[changed], -1)
    wanted = sounds.of_words(after, 5)
    torch.testing.assert_close(moved.sums, wanted.sums, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(moved.counts, wanted.counts)


def test_no_sound_stands_where_there_is_no_segment():
    sounds = SegmentSounds(torch.ones(2, 3, 4), torch.ones(2, 3))
    found = sounds.at(torch.tensor([1, -1]))
    assert found.sums[0].eq(1).all() and not found.sums[1].any() and not found.counts[1].any()


SLOTS, WORDS = 6, 4


def spoken(segments: int = 3000) -> tuple[torch.Tensor, torch.Tensor]:
    """Pooled segments, [N, 6, 5], of correlated channels, and the words that they are."""
    torch.manual_seed(2)
    words = torch.randint(WORDS, (segments,))
    centres, mixing = 2 * torch.randn(WORDS, 3, 5), torch.randn(5, 5)
    noise = torch.randn(segments, SLOTS, 5) @ mixing
    return centres[words].repeat_interleave(2, dim=1) + noise, words


@pytest.fixture
def alone(monkeypatch) -> None:
    """Slots are looked at without those beside them, so that their covariance is that of the channels."""
    monkeypatch.setattr("segmenters.recognised.state_gaussians._BESIDE", 0)


def test_within_states_slots_vary_by_one_and_these_lie_as_far_apart_as_mahalanobis_says(alone):
    segments, words = spoken()
    # Each slot is a segment's third of its own: sums of one slot are the slots.
    third = torch.arange(3)
    each = segments[:, ::2]
    slots = SegmentSounds.of(each, words, WORDS).sums
    states = (words[:, None] * 3 + third).flatten()
    found = slots.flatten(0, 1).double()
    means = torch.stack([found[states == state].mean(dim=0) for state in range(3 * WORDS)])
    within = found - means[states]
    torch.testing.assert_close(within.T @ within / len(found), torch.eye(5).double(), atol=0.01, rtol=0)
    heard = each.flatten(0, 1).double()
    centres = torch.stack([heard[states == state].mean(dim=0) for state in range(3 * WORDS)])
    residuals = heard - centres[states]
    inverse = torch.linalg.inv(residuals.T @ residuals / len(heard))
    apart = centres[:, None] - centres
    mahalanobis = torch.einsum("ijk,kl,ijl->ij", apart, inverse, apart).sqrt()
    torch.testing.assert_close(torch.cdist(means, means), mahalanobis, atol=0.1, rtol=0.01)
    drawn = means + (found.mean(dim=0) - means) * (10 / (10 + states.bincount()))[:, None]
    torch.testing.assert_close(drawn.mean(dim=0), torch.zeros(5).double(), atol=1e-3, rtol=0)


def test_sums_are_over_the_slots_of_each_third_whatever_was_read(alone):
    segments, words = spoken()
    sounds = SegmentSounds.of(segments, words, WORDS)
    thinned = SegmentSounds.of(segments.repeat_interleave(2, dim=1), words, WORDS)
    assert sounds.counts.tolist() == [[2.0, 2.0, 2.0]] * 3000 and thinned.counts[0].tolist() == [
        4.0,
        4.0,
        4.0,
    ]
    # Slots that are there twice count twice; directions are told up to their sign.
    torch.testing.assert_close(thinned.sums.abs(), 2 * sounds.sums.abs(), atol=0.1, rtol=0.01)


def test_how_many_segments_are_looked_at_together_changes_nothing(monkeypatch):
    segments, words = spoken(100)
    whole = SegmentSounds.of(segments, words, WORDS)
    monkeypatch.setattr("unsup_asr.training.segment_sounds._CHUNK", 7)
    parts = SegmentSounds.of(segments, words, WORDS)
    torch.testing.assert_close(parts.sums.abs(), whole.sums.abs(), atol=1e-3, rtol=1e-3)


def test_the_truth_fits_better_than_any_two_words_exchanged_in_half_of_their_places():
    segments, words = spoken(400)
    sounds = SegmentSounds.of(segments, words, WORDS)
    best = sounds.of_words(words, WORDS).fit().sum()
    half = torch.arange(len(words)) % 2 == 0
    for one in range(WORDS):
        for other in range(one):
            wrong = words.clone()
            wrong[half & (words == one)], wrong[half & (words == other)] = other, one
            assert sounds.of_words(wrong, WORDS).fit().sum() < best


@pytest.mark.parametrize(("slots", "channels"), [(1, 3), (2, 3), (10, 600)])
def test_few_slots_and_wide_frames_have_sounds_too(slots, channels):
    torch.manual_seed(3)
    words = torch.arange(60) % 3
    segments = torch.randn(3, 1, channels)[words] + 0.1 * torch.randn(60, slots, channels)
    sounds = SegmentSounds.of(segments, words, 3)
    fit = sounds.of_words(words, 3).fit().sum()
    assert torch.isfinite(fit) and fit > sounds.of_words((words + torch.arange(60) // 30) % 3, 3).fit().sum()
