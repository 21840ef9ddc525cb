"""The head, its peaks, what it is taught, its random draws, and its guards."""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segmenters.boundary_forms import FormSegmenter, SoftShares, counted_peaks
from segmenters.boundary_head import BoundaryHead, BoundaryHeadConfig, pad_frames
from segmenters.boundary_losses import count_loss, expected_count_loss, rate_loss
from segmenters.boundary_peaks import HeadSegmenter, PeakConfig, find_peaks, soft_times
from segmenters.boundary_policy import DrawnBoundaries, draw_boundaries, reinforce_loss, standardise
from segmenters.distillation import DistillationTargets, boundary_targets, distillation_loss
from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation, Span, tile
from segmenters.speech import Frames


def frames(id: str, length: int, seed: int = 0, hop: float = 0.02) -> Frames:
    values = torch.randn(length, 4, generator=torch.Generator().manual_seed(seed))
    return Frames(id, values, hop, hop * length)


def new_head(seed: int = 0) -> BoundaryHead:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return BoundaryHead(BoundaryHeadConfig(4, hidden=8)).eval()


def test_padding_changes_nothing() -> None:
    head, utterances = new_head(), [frames("a", 11, 1), frames("b", 17, 2), frames("c", 1, 3)]
    batch = pad_frames(utterances)
    together = head(batch.values, batch.mask)
    for row, utterance in enumerate(utterances):
        alone = pad_frames([utterance])
        torch.testing.assert_close(
            head(alone.values, alone.mask)[0], together[row, : len(utterance.values)], atol=1e-5, rtol=1e-5
        )


def test_a_saved_head_is_the_same(tmp_path: Path) -> None:
    head, batch = new_head(), pad_frames([frames("a", 11)])
    head.save_pretrained(tmp_path / "head")
    again = BoundaryHead.from_pretrained(tmp_path / "head")
    assert again.config == head.config
    assert torch.equal(again(batch.values, batch.mask), head(batch.values, batch.mask))


@pytest.mark.parametrize("damage", ["missing", "truncated", "other", "json", "field"])
def test_a_damaged_head_is_refused(tmp_path: Path, damage: str) -> None:
    new_head().save_pretrained(tmp_path)
    config, weights = tmp_path / "config.json", tmp_path / "model.safetensors"
    fields = json.loads(config.read_text())
    match damage:
        case "missing":
            weights.unlink()
        case "truncated":
            weights.write_bytes(weights.read_bytes()[:100])
        case "other":
            config.write_text(json.dumps({**fields, "hidden": 9}))
        case "json":
            config.write_text("{")
        case "field":
            config.write_text(json.dumps({**fields, "colour": "red"}))
    with pytest.raises(SegmentationError, match=r"holds no boundary head.*save it again") as caught:
        BoundaryHead.from_pretrained(tmp_path)
    assert caught.value.where == tmp_path


def test_what_a_head_cannot_use_is_refused() -> None:
    with pytest.raises(SegmentationError, match="kernels is"):
        BoundaryHeadConfig(4, kernels=(7, 2))
    with pytest.raises(SegmentationError, match="frames have 5 channels, the boundary head takes 4"):
        new_head()(torch.zeros(1, 3, 5), torch.ones(1, 3, dtype=torch.bool))
    with pytest.raises(SegmentationError, match=r"^a: has no frames"):
        pad_frames([frames("a", 0)])
    bad = frames("a", 3)
    bad.values[1, 1] = math.nan
    with pytest.raises(SegmentationError, match=r"^a: its frames are not finite"):
        pad_frames([bad])


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 60), st.integers(1, 4))
def test_peaks_are_scipys_that_nothing_near_exceeds(seed: int, length: int, reach: int) -> None:
    logits = np.random.default_rng(seed).standard_normal(length + 1)
    mask = torch.arange(length + 1)[None] < length
    ours = find_peaks(torch.from_numpy(logits)[None], mask, reach, 0.5)[0].nonzero()[:, 0].tolist()
    heights = np.concatenate([[-9.0], logits[1:length], [-9.0]])
    found, _ = scipy.signal.find_peaks(heights, height=0.0)
    near = [heights[max(0, t - reach) : t + reach + 1].max() for t in found]
    assert ours == [t for t, highest in zip(found, near, strict=True) if heights[t] == highest]


def test_of_equal_neighbours_the_first_is_the_peak() -> None:
    logits = torch.tensor([[9.0, 1.0, 1.0, 1.0, 1.0, 1.0]])
    assert find_peaks(logits, torch.ones(1, 6, dtype=torch.bool), 2, 0.5)[0].tolist() == [
        False,
        True,
        False,
        False,
        False,
        False,
    ]


def test_soft_times_are_the_local_means_of_the_peaks() -> None:
    logits = torch.tensor([[0.0, -9.0, 1.0, 3.0, 2.0, -9.0, -9.0]], dtype=torch.float64, requires_grad=True)
    mask = torch.ones(1, 7, dtype=torch.bool)
    peaks = find_peaks(logits.detach(), mask, 1, 0.5)
    weights = np.exp([1.0, 3.0, 2.0])
    expected = (weights * [2, 3, 4]).sum() / weights.sum()
    assert soft_times(logits, peaks, mask, 1).borders()[0].tolist() == pytest.approx([expected, 7])
    assert torch.autograd.gradcheck(lambda z: soft_times(z, peaks, mask, 1).shares, (logits,))


class Fixed(BoundaryHead):
    """Says what the first channel says."""

    def forward(self, frames: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return frames[..., 0]


def spoken(logits: list[float], hop: float = 0.02) -> Frames:
    return Frames("a", torch.tensor(logits)[:, None], hop, hop * len(logits))


FIVE = spoken([9.0, -5, 3, -5, -5, 2, -5, -5, 1, -5])


@pytest.mark.parametrize(
    "rate, starts", [(None, [0, 0.04, 0.10, 0.16]), (15.0, [0, 0.04, 0.10]), (5.0, [0.0]), (1.0, [0.0])]
)
def test_spans_lie_between_the_highest_peaks(rate: float | None, starts: list[float]) -> None:
    segmenter = HeadSegmenter(Fixed(BoundaryHeadConfig(1)), PeakConfig(words_per_second=rate))
    (found,) = segmenter.segment([FIVE])
    assert [span.start for span in found.spans] == pytest.approx(starts)
    assert [span.end for span in found.spans] == pytest.approx([*starts[1:], 0.2])
    assert found.settings["words_per_second"] == rate


def test_a_form_cuts_with_the_counts_of_the_peaks() -> None:
    (found,) = FormSegmenter(Fixed(BoundaryHeadConfig(1)), SoftShares(), PeakConfig()).segment([FIVE])
    assert len(found.spans) == 4
    assert found.settings["form"] == "SoftShares"


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 50), st.sampled_from([0.01, 0.02]))
def test_whatever_the_head_says_spans_tile_the_utterance(seed: int, length: int, hop: float) -> None:
    logits = 3 * np.random.default_rng(seed).standard_normal(length)
    utterance = Frames("a", torch.from_numpy(logits)[:, None], hop, hop * (length - 0.5))
    head = Fixed(BoundaryHeadConfig(1))
    for segmenter in (HeadSegmenter(head, PeakConfig()), FormSegmenter(head, SoftShares(), PeakConfig())):
        spans = segmenter.segment([utterance])[0].spans
        assert (spans[0].start, spans[-1].end) == (0.0, utterance.duration)
        assert all(a.end == b.start for a, b in pairwise(spans))


@pytest.mark.parametrize(
    "fault", [{"threshold": 0.0}, {"threshold": math.nan}, {"separation": -1.0}, {"words_per_second": 0.0}]
)
def test_peaks_out_of_bounds_are_refused(fault: dict[str, float]) -> None:
    with pytest.raises(SegmentationError, match=next(iter(fault))):
        PeakConfig(**fault)


def test_targets_fall_from_each_inner_boundary() -> None:
    found = Segmentation("a", 0.4, (Span(0.02, 0.1), Span(0.1, 0.2), Span(0.24, 0.4)), "x")
    targets = boundary_targets(found, frames("a", 20), tolerance=0.02)
    expected = torch.zeros(20)
    expected[[5, 10, 12]] = 1.0
    expected[[4, 6, 9, 11, 13]] = 0.5
    assert torch.equal(targets, expected)
    assert boundary_targets(found, frames("a", 20), 0.0).nonzero()[:, 0].tolist() == [5, 10, 12]
    whole = Segmentation("a", 0.4, tile([0, 0.4]), "x")
    assert not boundary_targets(whole, frames("a", 20), 0.02).any()


def test_targets_of_another_utterance_are_refused() -> None:
    with pytest.raises(SegmentationError, match=r"^b: the frames are those of 'a'"):
        boundary_targets(Segmentation("b", 0.4, tile([0, 0.4]), "x"), frames("a", 20), 0.02)
    with pytest.raises(SegmentationError, match=r"tolerance is -1"):
        DistillationTargets(tolerance=-1)


def test_the_distillation_loss_by_its_definition() -> None:
    logits, targets = torch.tensor([[7.0, 0.5, -1.0, 4.0]]), torch.tensor([[1.0, 1.0, 0.25, 1.0]])
    mask = torch.tensor([[True, True, True, False]])
    p = [1 / (1 + math.exp(-z)) for z in (0.5, -1.0)]
    expected = -(2 * math.log(p[0]) + 2 * 0.25 * math.log(p[1]) + 0.75 * math.log(1 - p[1])) / 2
    assert float(distillation_loss(logits, targets, mask, 2.0)) == pytest.approx(expected)


def test_draws_have_their_probabilities() -> None:
    torch.manual_seed(0)
    logits = torch.tensor([[9.0, -1.0, 0.0, 2.0, 9.0]]).repeat(20000, 1)
    mask = (torch.arange(5) < 4).expand(20000, 5)
    drawn = draw_boundaries(logits, mask)
    expected = torch.distributions.Bernoulli(logits=logits[:, 1:4])
    torch.testing.assert_close(
        drawn.boundaries.float().mean(dim=0)[1:4], expected.probs[0], atol=0.02, rtol=0
    )
    assert not drawn.boundaries[:, [0, 4]].any()
    log_probability = expected.log_prob(drawn.boundaries[:, 1:4].float()).sum(dim=1)
    torch.testing.assert_close(drawn.log_probability, log_probability)
    torch.testing.assert_close(drawn.entropy, expected.entropy().mean(dim=1))


def test_the_policy_gradient_is_that_of_the_expected_reward() -> None:
    """REINFORCE over many draws against the derivative of E[R] written out for two frames."""
    torch.manual_seed(0)
    z = torch.tensor([0.0, 0.3, -0.4], dtype=torch.float64, requires_grad=True)
    logits, mask = z.expand(400_000, 3), torch.ones(400_000, 3, dtype=torch.bool)
    drawn = draw_boundaries(logits, mask)
    rewards = 2.0 * drawn.boundaries[:, 1] - 1.0 * drawn.boundaries[:, 2]
    (ours,) = torch.autograd.grad(reinforce_loss(drawn, rewards, 0.0), z)
    p = z.detach().sigmoid()
    spread = rewards.double().std()
    expected = -torch.stack([0 * p[0], 2 * p[1] * (1 - p[1]), -p[2] * (1 - p[2])]) / spread
    torch.testing.assert_close(ours, expected, atol=0.005, rtol=0)


def test_rewards_are_standardised_and_entropy_counts() -> None:
    values = standardise(torch.tensor([1.0, 2.0, 6.0]))
    assert float(values.mean()) == pytest.approx(0, abs=1e-6)
    assert float(values.square().mean()) == pytest.approx(1, abs=1e-6)
    assert standardise(torch.full((3,), 0.7)).tolist() == [0, 0, 0]
    drawn = DrawnBoundaries(torch.zeros(2, 3).bool(), torch.tensor([-1.0, -3.0]), torch.tensor([0.2, 0.4]))
    loss = reinforce_loss(drawn, torch.tensor([5.0, 1.0]), entropy_weight=10.0)
    assert float(loss) == pytest.approx(-(1 * -1 + -1 * -3) / 2 - 10 * 0.3)


def test_guards_by_their_definitions() -> None:
    p = torch.tensor([[9.0, 0.5, 1.0, 0.5], [9.0, 1.0, 9.0, 9.0]])
    mask = torch.tensor([[True] * 4, [True, True, False, False]])
    assert float(count_loss(p, mask, torch.tensor([4, 1]))) == pytest.approx((2 / 5 + 0) / 2)
    assert float(rate_loss(p, mask, 2.0)) == pytest.approx((2 * 3 / 4 - 1) ** 2)
    assert float(expected_count_loss(p, mask, 5.0)) == pytest.approx((2.5 / 5 - 1) ** 2)


def test_counted_peaks_are_ones_with_gradients() -> None:
    logits = torch.tensor([[0.0, 2.0, -1.0, -1.0]], requires_grad=True)
    counted = counted_peaks(logits, torch.ones(1, 4, dtype=torch.bool), 1, 0.5)
    assert counted.tolist() == [[0.0, 1.0, 0.0, 0.0]]
    counted.sum().backward()
    p = logits.detach().sigmoid()
    torch.testing.assert_close(logits.grad, p * (1 - p))
