"""Hard segments are pooled as `pool_segments` pools them; soft ones have gradients to their borders."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segmenters.assignment import assign_between
from segmenters.soft_pooling import hard_segments, soft_segments
from unsup_asr.encoders.pooling import pool_segments
from unsup_asr.models.soft_segments import pool_soft_segments


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 40), st.integers(1, 30), st.integers(1, 7), st.integers(0, 10**6))
def test_hard_segments_are_pooled_as_ever(first: int, second: int, slots: int, seed: int) -> None:
    """Two utterances of different lengths, cut at random."""
    draw = torch.Generator().manual_seed(seed)
    lengths = torch.tensor([first, second])
    mask = torch.arange(int(lengths.max())) < lengths[:, None]
    boundaries = torch.rand(mask.shape, generator=draw) < 0.3
    frames = 5 + torch.randn(*mask.shape, 3, generator=draw)
    expected = []
    for row, length in enumerate(lengths.tolist()):
        begins = [0, *(t for t in range(1, length) if boundaries[row, t]), length]
        edges = torch.tensor(list(pairwise(begins)))
        expected.append(pool_segments(frames[row, :length], edges, slots))
    ours = pool_soft_segments(frames, hard_segments(boundaries.float(), boundaries, mask), slots)
    torch.testing.assert_close(ours, torch.cat(expected), atol=1e-5, rtol=1e-5)


def test_a_border_within_a_frame_shares_the_frame() -> None:
    """2.25 frames of 0, 1, 2, 3: by hand."""
    frames = torch.arange(4.0)[None, :, None]
    assignment = assign_between(torch.tensor([[2.25]]), torch.tensor([1]), torch.ones(1, 4, dtype=torch.bool))
    pooled = pool_soft_segments(frames, assignment, 1)
    torch.testing.assert_close(
        pooled[:, 0, 0], torch.tensor([(0 + 1 + 0.25 * 2) / 2.25, (0.75 * 2 + 3) / 1.75])
    )
    torch.testing.assert_close(pooled[:, 0, 1], torch.tensor([2.25, 1.75]).log())


def test_gradients_to_borders_and_frames_are_right() -> None:
    torch.manual_seed(0)
    frames = torch.randn(2, 9, 3, dtype=torch.float64, requires_grad=True)
    borders = torch.tensor([[2.3, 5.6], [4.1, 0.0]], dtype=torch.float64, requires_grad=True)
    mask = torch.arange(9) < torch.tensor([[9], [7]])
    counts = torch.tensor([2, 1])

    def pool(frames: torch.Tensor, borders: torch.Tensor) -> torch.Tensor:
        return pool_soft_segments(frames, assign_between(borders, counts, mask), 3)

    assert torch.autograd.gradcheck(pool, (frames, borders))
    assert borders.grad is None


@pytest.mark.parametrize("slots", [1, 4])
def test_gradients_to_soft_boundaries_are_right(slots: int) -> None:
    torch.manual_seed(1)
    probabilities = (0.1 + 0.4 * torch.rand(2, 8, dtype=torch.float64)).requires_grad_()
    frames, mask = torch.randn(2, 8, 2, dtype=torch.float64), torch.ones(2, 8, dtype=torch.bool)
    assert torch.autograd.gradcheck(
        lambda p: pool_soft_segments(frames, soft_segments(p, mask), slots), (probabilities,)
    )
