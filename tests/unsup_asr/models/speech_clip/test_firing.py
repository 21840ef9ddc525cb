"""Frames summed up to keywords: against integrate-and-fire frame by frame."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segmenters.cif import unit_overlaps
from unsup_asr.models.speech_clip.firing import Firing


def fire(alphas: list[float], frames: list[list[float]]) -> list[list[float]]:
    """Dong & Xu's loop: sum up, fire at 1, carry the rest; a tail of half or more is weighted up."""
    fired, total = [], 0.0
    held = [0.0] * len(frames[0])
    for alpha, frame in zip(alphas, frames, strict=True):
        left = alpha
        while total + left >= 1:
            part = 1 - total
            fired.append([h + part * f for h, f in zip(held, frame, strict=True)])
            held, total, left = [0.0] * len(frame), 0.0, left - part
        held, total = [h + left * f for h, f in zip(held, frame, strict=True)], total + left
    if total >= 0.5 or not fired:
        fired.append([h / total for h in held])
    return fired


@settings(deadline=None)
@given(st.lists(st.floats(0.05, 1.0), min_size=2, max_size=12))
def test_keywords_are_those_of_the_loop(alphas):
    torch.manual_seed(0)
    frames = torch.randn(1, len(alphas), 4)
    firing = Firing(4, 0.0, 75)
    mask = torch.ones(1, len(alphas), dtype=torch.bool)
    logits = torch.logit(torch.tensor(alphas, dtype=torch.float64).clamp(max=1 - 1e-6))
    weights = logits.sigmoid()
    if abs(float(weights.sum() % 1) - 0.5) < 1e-3 or float(weights.sum() % 1) > 1 - 1e-3:
        return  # where rounding decides
    _plant(firing, logits.float())
    fired = firing(frames, mask, None)
    expected = torch.tensor(fire(weights.tolist(), frames[0].tolist()))
    assert fired.mask.sum() == len(expected)
    torch.testing.assert_close(fired.sums[0], expected, atol=1e-3, rtol=1e-3)


def _plant(firing: Firing, logits: torch.Tensor) -> None:
    """Let the weights be what the test says, whatever the frames are."""
    firing.project.register_forward_hook(lambda module, inputs, output: logits[None, :, None].to(output))


def test_as_many_fire_as_are_wanted_when_rescaled():
    torch.manual_seed(0)
    firing, frames = Firing(4, 0.0, 75), torch.randn(3, 20, 4)
    mask = torch.arange(20) < torch.tensor([[20], [11], [5]])
    fired = firing(frames, mask, torch.tensor([5, 3, 1]))
    assert fired.mask.sum(dim=1).tolist() == [5, 3, 1]
    torch.testing.assert_close(fired.shares.sum(dim=1)[fired.mask], torch.ones(9))
    assert not fired.weights[~mask].any()


def test_padding_changes_nothing_and_no_more_fire_than_may():
    torch.manual_seed(0)
    firing, frames = Firing(4, 0.0, 3).eval(), torch.randn(1, 30, 4)
    alone = firing(frames, torch.ones(1, 30, dtype=torch.bool), None)
    padded = torch.cat([frames, torch.full((1, 9, 4), 7.0)], dim=1)
    beside = firing(padded, torch.arange(39)[None] < 30, None)
    torch.testing.assert_close(beside.sums, alone.sums)
    assert alone.mask.sum() == 3


def test_overlaps_with_units_hold_every_frame_up_to_the_last_unit():
    alphas = torch.tensor([[0.3, 0.9, 0.2, 1.7]])
    overlaps = unit_overlaps(alphas, 3)
    torch.testing.assert_close(overlaps.sum(dim=1), torch.ones(1, 3))
    torch.testing.assert_close(overlaps[0, 1], torch.tensor([0.7, 0.2, 0.0]))
    assert float(overlaps[0, 3].sum()) == pytest.approx(1.6)
