"""Sums of segments: how well one Gaussian a state fits any naming of them."""

import torch
from torch.distributions import Normal

from segmenters.recognised.segment_sounds import SegmentSounds


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
