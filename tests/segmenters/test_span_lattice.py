"""Spans between candidates, laid out as arrays, against plain slices; segmentations that are given."""

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from segmenters.errors import SegmentationError
from segmenters.frame_cuts import slots
from segmenters.given import Given
from segmenters.segmentation import Segmentation, Span, tile
from segmenters.span_lattice import span_lattice
from segmenters.speech import Frames

VALUES = [torch.randn(n, 3, generator=torch.Generator().manual_seed(n)) for n in (12, 6)]
FRAMES = [Frames(str(n), values, 0.1, len(values) / 10) for n, values in enumerate(VALUES)]
EDGES = [[0, 3, 4, 8, 12], [0, 4, 6]]
CANDIDATES = [
    Segmentation(frames.id, frames.duration, tile([edge / 10 for edge in edges]), "given")
    for frames, edges in zip(FRAMES, EDGES, strict=True)
]
LATTICE = span_lattice(FRAMES, VALUES, CANDIDATES, 0.6)


def spans() -> list[tuple[int, int, int]]:
    """Utterance, first frame and frame after the last of every span of the lattice."""
    rows, last, extra = LATTICE.cells
    return [(u, EDGES[u][t - n], EDGES[u][t + 1]) for u, t, n in zip(rows, last, extra, strict=True)]


def test_spans_are_single_slots_and_what_is_short_enough():
    inside = [
        (u, start, end)
        for u, edges in enumerate(EDGES)
        for i, start in enumerate(edges)
        for j, end in enumerate(edges[i + 1 :])
        if j == 0 or end - start <= 6
    ]
    assert sorted(spans()) == sorted(inside)
    np.testing.assert_allclose(LATTICE.seconds, [(end - start) / 10 for _, start, end in spans()])


def test_one_part_is_the_mean():
    expected = torch.stack([normalize(VALUES[u][start:end].mean(0), dim=0) for u, start, end in spans()])
    torch.testing.assert_close(LATTICE.embed(np.arange(len(spans())), 1), expected)


@pytest.mark.parametrize("parts", [2, 5])
def test_parts_are_means_with_shares_of_frames(parts):
    # Each frame repeated `parts` times can be cut into parts without sharing any.
    fine = [values.repeat_interleave(parts, dim=0) for values in VALUES]
    expected = torch.stack(
        [
            normalize(
                fine[u][start * parts : end * parts].view(parts, end - start, 3).mean(1).flatten(), dim=0
            )
            for u, start, end in spans()
        ]
    )
    torch.testing.assert_close(LATTICE.embed(np.arange(len(spans())), parts), expected, atol=1e-5, rtol=1e-4)


def test_a_segmentation_is_its_spans():
    ends = np.array([[False, True, True, True], [True, True, False, False]])
    chosen = [spans()[index] for index in LATTICE.chosen(ends)]
    assert chosen == [(0, 0, 4), (0, 4, 8), (0, 8, 12), (1, 0, 4), (1, 4, 6)]
    assert [each.tolist() for each in LATTICE.boundaries(ends)] == [[4, 8, 12], [4, 6]]


def test_blocks_are_all_spans():
    assert np.concatenate(list(LATTICE.blocks())).tolist() == list(range(len(spans())))


def test_a_gap_gives_way_in_its_middle():
    gapped = Segmentation("a", 2.0, (Span(0.1, 0.5), Span(0.9, 1.2), Span(1.2, 1.9)), "energy")
    assert slots(gapped, 0.1, 20).tolist() == [0, 7, 12, 20]


def test_given_segmentations_are_looked_up():
    assert Given(CANDIDATES).segment(FRAMES[::-1]) == CANDIDATES[::-1]
    with pytest.raises(SegmentationError, match=r"^1: is not among the 1 segmentations given"):
        Given(CANDIDATES[:1]).segment(FRAMES)
