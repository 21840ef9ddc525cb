import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.encoders.pooling import frame_edges, pool_segments, spoken_in
from unsup_asr.errors import InputError


def slowly(frames: Tensor, edges: list[tuple[int, int]], slots: int) -> np.ndarray:
    """By definition: each frame counts in a slot by the time it spends there."""
    pooled = np.zeros((len(edges), slots, frames.shape[1] + 1))
    for segment, (first, end) in enumerate(edges):
        width = (end - first) / slots
        for slot in range(slots):
            begin = first + slot * width
            for frame in range(first, end):
                overlap = max(0.0, min(frame + 1, begin + width) - max(frame, begin))
                pooled[segment, slot, :-1] += overlap / width * frames[frame].double().numpy()
        pooled[segment, :, -1] = math.log(end - first)
    return pooled


@st.composite
def layouts(draw) -> tuple[int, list[tuple[int, int]]]:
    total = draw(st.integers(1, 40))
    firsts = draw(st.lists(st.integers(0, total - 1), min_size=1, max_size=4))
    return total, [(first, draw(st.integers(first + 1, total))) for first in firsts]


@given(layout=layouts(), slots=st.integers(1, 9), seed=st.integers(0, 100))
def test_slots_are_what_a_loop_makes_of_them(layout, slots, seed):
    total, edges = layout
    frames = 5 + torch.randn(total, 3, generator=torch.Generator().manual_seed(seed))
    ours = pool_segments(frames, torch.tensor(edges), slots)
    assert ours.dtype == torch.float32
    np.testing.assert_allclose(ours, slowly(frames, edges, slots), atol=1e-5)


def test_a_segment_of_one_frame_is_that_frame_in_every_slot():
    frames = torch.randn(6, 4)
    pooled = pool_segments(frames, torch.tensor([[5, 6], [0, 1]]), 3)
    torch.testing.assert_close(pooled[..., :-1], frames[[5, 0], None].expand(-1, 3, -1))
    assert (pooled[..., -1] == 0).all()


def test_as_many_slots_as_frames_give_the_frames():
    frames = torch.randn(8, 4)
    pooled = pool_segments(frames, torch.tensor([[2, 7]]), 5)
    torch.testing.assert_close(pooled[0, :, :-1], frames[2:7])


def test_no_segments_give_nothing():
    assert pool_segments(torch.randn(8, 4), torch.zeros(0, 2, dtype=torch.long), 5).shape == (0, 5, 5)


def test_a_span_at_50_hz():
    times = torch.arange(100, dtype=torch.float64) / 50
    assert frame_edges(times, torch.tensor([[0.5, 1.2]])).tolist() == [[25, 60]]


def test_a_span_at_the_hop_of_log_mel():
    times = LogMelEncoder(LogMelConfig(hop=160)).frame_times(300)
    assert frame_edges(times, torch.tensor([[0.5, 1.2]])).tolist() == [[50, 120]]


@given(
    spans=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 100)), min_size=1, max_size=5),
    total=st.integers(1, 120),
    step=st.sampled_from([0.01, 0.02, 0.0125]),
)
def test_frames_are_those_whose_time_lies_in_the_span(spans, total, step):
    """Times and spans are multiples of a hundredth, so that float32 spans stand for exact seconds."""
    times = torch.arange(total, dtype=torch.float64) * step
    seconds = torch.tensor([[first / 100, (first + length) / 100] for first, length in spans])
    for (start, end), (first, last) in zip(
        seconds.tolist(), frame_edges(times, seconds).tolist(), strict=True
    ):
        inside = [n for n, time in enumerate(times.tolist()) if start - 1e-6 <= time < end - 1e-6]
        if inside:
            assert (first, last) == (inside[0], inside[-1] + 1)
        else:
            assert 0 <= first < last == first + 1 <= total


def test_adjoining_spans_share_no_frame():
    times = torch.arange(500, dtype=torch.float64) / 100
    borders = torch.linspace(0, 5, 11)
    edges = frame_edges(times, torch.stack([borders[:-1], borders[1:]], dim=1))
    assert torch.equal(edges[1:, 0], edges[:-1, 1])
    assert (edges[0, 0], edges[-1, 1]) == (0, 500)


@pytest.mark.parametrize("span", [[0.123, 0.124], [7.0, 8.0], [0.05, 0.05]])
def test_every_span_gets_a_frame(span):
    times = torch.arange(20, dtype=torch.float64) / 50
    ((first, end),) = frame_edges(times, torch.tensor([span])).tolist()
    assert 0 <= first < end <= 20


def test_segments_say_their_language_where_there_are_several():
    segments = torch.randn(3, 2, 4)
    assert spoken_in(segments, [], "hi") is segments and spoken_in(segments, ["hi"], "ja") is segments
    said = spoken_in(segments, ["en", "hi", "ja"], "hi")
    assert said.shape == (3, 2, 7) and torch.equal(said[..., :4], segments)
    assert torch.equal(said[..., 4:], torch.tensor([0.0, 1.0, 0.0]).expand(3, 2, 3))
    with pytest.raises(InputError, match="is in 'de', the model hears en, hi"):
        spoken_in(segments, ["en", "hi"], "de")
