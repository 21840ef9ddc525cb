"""A head finds as many words as it should, whatever it thought of its frames before."""

import copy

import pytest
import torch

from segmenters.boundary_head import BoundaryHead, BoundaryHeadConfig
from segmenters.boundary_peaks import HeadSegmenter, PeakConfig
from segmenters.boundary_rate import set_rate
from segmenters.errors import SegmentationError
from segmenters.speech import Frames

HOP = 0.01


@pytest.fixture(scope="module")
def utterances() -> list[Frames]:
    """More of them than the head sees at once, of different lengths."""
    lengths = torch.randint(80, 300, (50,), generator=torch.Generator().manual_seed(0)).tolist()
    draws = [torch.Generator().manual_seed(number) for number in range(50)]
    return [
        Frames(f"u{number}", torch.randn(length, 4, generator=draw), HOP, HOP * length)
        for number, (length, draw) in enumerate(zip(lengths, draws, strict=True))
    ]


@pytest.fixture
def head() -> BoundaryHead:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return BoundaryHead(BoundaryHeadConfig(4, hidden=8))


def words_per_second(head: BoundaryHead, peaks: PeakConfig, utterances: list[Frames]) -> float:
    found = HeadSegmenter(head, peaks).segment(utterances)
    return sum(len(each.spans) for each in found) / sum(each.duration for each in utterances)


@pytest.mark.parametrize("rate", [1.5, 3.0, 5.0])
@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("shift", [-8.0, 0.0, 8.0])
def test_words_come_at_the_rate(head, utterances, rate, threshold, shift):
    with torch.no_grad():
        head.convolutions[-1].bias += shift
    peaks = PeakConfig(threshold)
    set_rate(head, peaks, utterances, rate)
    words = words_per_second(head, peaks, utterances) * sum(each.duration for each in utterances)
    assert words == pytest.approx(rate * sum(each.duration for each in utterances), abs=1)


def test_nothing_but_the_level_changes(head, utterances):
    before = copy.deepcopy(head)
    set_rate(head, PeakConfig(), utterances, 3.0)
    values, mask = utterances[0].values[None], torch.ones(1, len(utterances[0].values), dtype=torch.bool)
    change = head(values, mask) - before.eval()(values, mask)
    torch.testing.assert_close(change, change[0, 0].expand_as(change))


def test_more_words_than_there_are_peaks_take_all_of_them(head, utterances):
    peaks = PeakConfig(threshold=1e-6)
    everything = words_per_second(copy.deepcopy(head).eval(), peaks, utterances)
    set_rate(head, PeakConfig(), utterances, 1000.0)
    assert words_per_second(head, PeakConfig(), utterances) == pytest.approx(everything, rel=5e-3)


def test_fewer_words_than_utterances_leave_hardly_a_boundary(head, utterances):
    set_rate(head, PeakConfig(), utterances, 0.01)
    found = HeadSegmenter(head, PeakConfig()).segment(utterances)
    assert sum(len(each.spans) - 1 for each in found) <= 1


def test_speech_too_short_for_a_peak_is_left_alone(head):
    utterance = Frames("u", torch.zeros(1, 4), HOP, HOP)
    before = head.convolutions[-1].bias.clone()
    set_rate(head, PeakConfig(), [utterance], 3.0)
    assert torch.equal(head.convolutions[-1].bias, before)


@pytest.mark.parametrize(("count", "rate"), [(0, 3.0), (1, 0.0), (1, float("nan"))])
def test_nothing_to_go_by_is_refused(head, utterances, count, rate):
    with pytest.raises(
        SegmentationError, match=rf"{count} utterances and .* words a second tell no threshold"
    ):
        set_rate(head, PeakConfig(), utterances[:count], rate)
