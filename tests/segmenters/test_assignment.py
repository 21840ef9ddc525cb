"""No frame is lost, whatever the form: shares are not negative and sum to one; gradients are right."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from segmenters.assignment import Assignment, assign_between, may_begin
from segmenters.boundary_forms import BoundaryForm, FiredWeights, PeakTimes, SoftShares
from segmenters.cif import firing_weights, integrate_and_fire, quantity_loss, rescale
from segmenters.soft_pooling import hard_segments, soft_segments

seeds = st.integers(0, 10**6)


def drawn(seed: int) -> tuple[Tensor, Tensor]:
    """Probabilities [3, T] and a mask of random lengths, in double precision."""
    draw = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, 30, (3,), generator=draw)
    mask = torch.arange(int(lengths.max())) < lengths[:, None]
    return torch.rand(mask.shape, generator=draw, dtype=torch.float64) ** 2, mask


def check_nothing_is_lost(assignment: Assignment, mask: Tensor) -> None:
    assert (assignment.shares >= 0).all()
    torch.testing.assert_close(assignment.shares.sum(dim=2), mask.double(), check_dtype=False)
    assert not assignment.shares.transpose(1, 2)[~assignment.mask].any()
    torch.testing.assert_close(assignment.borders()[:, -1], mask.sum(dim=1), check_dtype=False)


@settings(deadline=None)
@given(seeds)
def test_every_way_of_cutting_loses_no_frame(seed: int) -> None:
    p, mask = drawn(seed)
    for assignment in (integrate_and_fire(p, mask), soft_segments(p, mask), hard_segments(p, p > 0.5, mask)):
        check_nothing_is_lost(assignment, mask)


@settings(deadline=None)
@given(seeds, st.sampled_from([PeakTimes(), SoftShares(), FiredWeights()]))
def test_every_form_loses_no_frame(seed: int, form: BoundaryForm) -> None:
    p, mask = drawn(seed)
    check_nothing_is_lost(form(8 * p - 4, mask, (p * mask).sum(dim=1).round().long()), mask)


@settings(deadline=None)
@given(seeds)
def test_cif_conserves_its_weights_and_every_segment_but_the_last_gets_one(seed: int) -> None:
    alphas, mask = drawn(seed)
    assignment = integrate_and_fire(alphas, mask)
    weights = firing_weights(alphas, assignment)
    torch.testing.assert_close(weights.sum(dim=2), alphas * mask)
    for row, n, total in zip(
        weights.sum(dim=1), assignment.mask.sum(dim=1).tolist(), (alphas * mask).sum(dim=1), strict=True
    ):
        torch.testing.assert_close(row[: n - 1], torch.ones(n - 1, dtype=torch.float64))
        torch.testing.assert_close(row[n - 1], total - (n - 1))
        assert n == max(1, round(float(total)))


def test_cif_by_hand() -> None:
    """Running sum 0.6, 1.4, 1.4, 2.5: fires 0.4 into frame 1 of 0.8, and 0.6 into frame 3 of 1.1; tail 0.5."""
    alphas = torch.tensor([[0.6, 0.8, 0.0, 1.1]], dtype=torch.float64)
    mask = torch.ones(1, 4, dtype=torch.bool)
    assignment = integrate_and_fire(alphas, mask, torch.tensor([3]))
    expected = torch.tensor([[0.6, 0.0, 0.0], [0.4, 0.4, 0.0], [0.0, 0.0, 0.0], [0.0, 0.6, 0.5]])
    torch.testing.assert_close(firing_weights(alphas, assignment)[0], expected.double())
    torch.testing.assert_close(assignment.shares[0, 2], torch.tensor([0.0, 1.0, 0.0]).double())


@settings(deadline=None)
@given(seeds)
def test_rescaled_weights_fire_as_often_as_wanted(seed: int) -> None:
    alphas, mask = drawn(seed)
    counts = torch.tensor([1, 4, 7])
    scaled = rescale(alphas, mask, counts)
    assert integrate_and_fire(scaled, mask).mask.sum(dim=1).tolist() == counts.tolist()
    assert float(quantity_loss(scaled, mask, counts)) < 1e-9
    expected = sum(abs(float(a[m].sum()) - n) for a, m, n in zip(alphas, mask, [1, 4, 7], strict=True)) / 3
    assert float(quantity_loss(alphas, mask, counts)) == pytest.approx(expected)


def test_weights_of_nothing_are_one_segment() -> None:
    alphas = torch.zeros(1, 5, requires_grad=True)
    mask = torch.ones(1, 5, dtype=torch.bool)
    assignment = integrate_and_fire(alphas, mask, torch.tensor([2]))
    check_nothing_is_lost(assignment, mask)
    assignment.shares[0, :, 0].sum().backward()
    assert torch.isfinite(alphas.grad).all()


def test_gradients_are_right() -> None:
    torch.manual_seed(0)
    p = (0.15 + 0.4 * torch.rand(2, 9, dtype=torch.float64)).requires_grad_()
    mask = torch.arange(9) < torch.tensor([[9], [6]])
    frames = torch.randn(2, 9, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda p: soft_segments(p, mask).means(frames), (p,))
    assert torch.autograd.gradcheck(lambda p: integrate_and_fire(p, mask).means(frames), (p,))
    counts = torch.tensor([2, 1])
    assert torch.autograd.gradcheck(
        lambda p: integrate_and_fire(rescale(p, mask, counts), mask, counts).shares, (p,)
    )
    borders = torch.tensor([[2.3, 5.6], [4.1, 0.0]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda b: assign_between(b, counts, mask).means(frames), (borders,))


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_the_straight_through_gradient_is_what_flipping_a_boundary_changes(seed: int) -> None:
    """For each frame: put its boundary in, or take it out, and count again, up to the last segment there is."""
    p, mask = drawn(seed)
    boundaries = (p > 0.4) & may_begin(mask)
    weights = torch.randn(*mask.shape, mask.shape[1], dtype=torch.float64)
    p.requires_grad_()
    assignment = hard_segments(p, boundaries, mask)
    (assignment.shares * weights[..., : assignment.shares.shape[2]]).sum().backward()

    def worth(row: int, begins: Tensor) -> Tensor:
        numbers = begins.cumsum(dim=0).clamp(max=int(boundaries[row].sum()))
        return (weights[row].gather(1, numbers[:, None])[:, 0] * mask[row]).sum()

    for row, t in may_begin(mask).nonzero().tolist():
        flipped = boundaries[row].clone()
        flipped[t] = ~flipped[t]
        change = worth(row, flipped) - worth(row, boundaries[row])
        torch.testing.assert_close(p.grad[row, t], -change if boundaries[row, t] else change)


def test_means_are_those_of_the_frames_in_each_segment() -> None:
    frames = torch.tensor([[1.0, 3.0, 5.0, 7.0, 100.0]])[..., None]
    boundaries = torch.tensor([[False, False, True, False, False]])
    mask = torch.tensor([[True, True, True, True, False]])
    means = hard_segments(boundaries.float(), boundaries, mask).means(frames)
    assert means[0, :, 0].tolist() == [2.0, 6.0]
