"""Boundary scores: against published figures, an optimal matching, and cases worked by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from segmenters.errors import SegmentationError
from segmenters.metrics.boundaries import boundary_scores, inner_boundaries, matches
from segmenters.segmentation import Segmentation, Span, tile


def tiled(*boundaries: float, id: str = "a") -> Segmentation:
    return Segmentation(id, boundaries[-1], tile(boundaries), "any")


@pytest.mark.parametrize(
    ("hits", "n_gold", "n_hyp", "f1", "r_value"),
    [
        (270, 1000, 752, 30.8, 44.4),  # VG-HuBERT_3 on SpokenCOCO: precision 35.9, recall 27.0
        (322, 1000, 890, 34.1, 45.6),  # VG-HuBERT_3 on Buckeye: precision 36.2, recall 32.2
    ],
)
def test_published_figures(hits: int, n_gold: int, n_hyp: int, f1: float, r_value: float) -> None:
    true = np.arange(1.0, n_gold + 1)
    found = np.sort(np.concatenate([true[:hits], true[: n_hyp - hits] + 0.5]))
    scores = boundary_scores([tiled(0, *true, n_gold + 2)], [tiled(0, *found, n_gold + 2)])
    assert scores.f1 == pytest.approx(f1, abs=0.05)
    assert scores.r_value == pytest.approx(r_value, abs=0.05)


times = st.lists(st.integers(0, 300).map(lambda step: step / 100), max_size=30, unique=True)


@settings(deadline=None)
@given(times, times, st.sampled_from([0.0, 0.02, 0.1]))
def test_greedy_matching_is_as_large_as_any(gold: list[float], hyp: list[float], tolerance: float) -> None:
    true, found = np.sort(np.array(gold)), np.sort(np.array(hyp))
    near = np.abs(true[:, None] - found[None, :]) <= tolerance + 1e-9
    best = 0 if 0 in near.shape else int((maximum_bipartite_matching(csr_matrix(near)) >= 0).sum())
    assert matches(true, found, tolerance + 1e-9) == best


def test_perfect_boundaries_score_100() -> None:
    gold = [Segmentation("a", 3.0, (Span(0.1, 1.0), Span(1.3, 2.0), Span(2.0, 2.9)), "gold")]
    scores = boundary_scores(gold, gold)
    assert (scores.precision, scores.recall, scores.f1, scores.r_value) == pytest.approx((100,) * 4)
    assert (scores.over_segmentation, scores.segments_per_word) == (0.0, 1.0)


def test_edges_do_not_count_and_shared_ones_count_once() -> None:
    segmentation = Segmentation("a", 3.0, (Span(0.1, 1.0), Span(1.3, 2.0), Span(2.0000000001, 2.9)), "any")
    np.testing.assert_allclose(inner_boundaries(segmentation), [1.0, 1.3, 2.0])
    assert len(inner_boundaries(tiled(0, 2))) == 0


def test_a_case_worked_by_hand() -> None:
    gold, hyp = tiled(0, 1, 2, 3, 4), tiled(0, 0.5, 1.01, 1.5, 2.05, 3.02, 4)
    scores = boundary_scores([gold], [hyp])  # 1.01 and 3.02 of five are hits, of three true ones
    assert scores.precision == pytest.approx(40)
    assert scores.recall == pytest.approx(200 / 3)
    assert scores.f1 == pytest.approx(50)
    assert scores.over_segmentation == pytest.approx(200 / 3)
    r1, r2 = math.sqrt(1 / 9 + 4 / 9), (-2 / 3 + 2 / 3 - 1) / math.sqrt(2)
    assert scores.r_value == pytest.approx(100 * (1 - (r1 + abs(r2)) / 2))
    assert scores.segments_per_word == pytest.approx(6 / 4)


def test_nothing_found_scores_nothing() -> None:
    scores = boundary_scores([tiled(0, 1, 2)], [tiled(0, 2)])
    assert (scores.precision, scores.recall, scores.f1) == (0, 0, 0)
    assert scores.over_segmentation == -100
    assert scores.segments_per_word == 0.5


def test_utterances_are_paired_by_id_and_pooled() -> None:
    a, b = tiled(0, 1, 2, id="a"), tiled(0, 1, 2, 3, id="b")
    assert boundary_scores([a, b], [b, a]).f1 == 100
    assert boundary_scores([a, b], [tiled(0, 3, id="b"), a]).recall == pytest.approx(100 / 3)


@pytest.mark.parametrize(
    ("gold", "hyp", "said"),
    [
        ([tiled(0, 1, 2)], [], "^a: 1 utterances are on one side only; this one in gold"),
        ([tiled(0, 1, 2)], [tiled(0, 1, 2), tiled(0, 1, id="b")], "^b: .* this one in the hypothesis"),
        ([tiled(0, 1, 2)] * 2, [tiled(0, 1, 2)], "^a: comes twice in gold"),
        ([tiled(0, 1)], [tiled(0, 1)], "no boundary inside"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    gold: list[Segmentation], hyp: list[Segmentation], said: str
) -> None:
    with pytest.raises(SegmentationError, match=said):
        boundary_scores(gold, hyp)
