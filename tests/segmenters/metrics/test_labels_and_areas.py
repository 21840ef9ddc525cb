"""Token, area, detection and purity scores: worked by hand, and against implementations that try everything."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching
from sklearn.metrics import v_measure_score

from segmenters.alignments.alignment import AlignedWord, Alignment
from segmenters.errors import SegmentationError
from segmenters.metrics.area import area_scores
from segmenters.metrics.clusters import cluster_scores, longest_overlap
from segmenters.metrics.detection import detection_scores
from segmenters.metrics.evaluation import segment_scores
from segmenters.metrics.tokens import token_scores, whole_matches
from segmenters.segmentation import Segmentation, Span


def aligned(*rows: tuple[float, float, str], id: str = "a") -> Alignment:
    return Alignment(id, tuple(AlignedWord(word, start, end) for start, end, word in rows), 10.0)


def spans(*edges: tuple[float, float]) -> Segmentation:
    return Segmentation("a", 10.0, tuple(Span(*edge) for edge in edges), "any")


ascending = st.lists(st.integers(0, 60), min_size=2, max_size=14, unique=True).map(sorted)


@given(ascending, ascending, st.integers(0, 8), st.booleans())
def test_no_pairing_of_spans_surpasses_the_greedy_one(
    gold: list[int], hyp: list[int], reach: int, gaps: bool
) -> None:
    step = 2 if gaps else 1
    true, found = (np.array(list(pairwise(side)))[::step] for side in (gold, hyp))
    near = (np.abs(true[:, None] - found[None]) <= reach).all(axis=2)
    best = int((maximum_bipartite_matching(csr_matrix(near)) >= 0).sum())
    assert whole_matches(true, found, reach) == best


def test_tokens_need_both_edges() -> None:
    gold = spans((0, 1), (1, 2), (2, 3), (3, 4))
    hyp = spans((0.02, 1.02), (1.5, 2), (2, 2.97), (3, 3.98), (4, 4.5))
    scores = token_scores([gold], [hyp])
    assert (scores.precision, scores.recall) == pytest.approx((40, 50))
    assert scores.f1 == pytest.approx(2 * 40 * 50 / 90)
    assert token_scores([gold], [hyp], tolerance=0.03).recall == pytest.approx(75)
    assert token_scores([gold], [spans()]).precision == 0
    with pytest.raises(SegmentationError, match="gold has no word"):
        token_scores([spans()], [hyp])


def test_areas_worked_by_hand() -> None:
    gold = spans((0, 1), (1, 2), (3, 4), (5, 6))
    # Inside by half; over the end of the second word by a quarter; wider than the third; no word at 4.5.
    hyp = spans((0.25, 0.75), (1.5, 2.25), (2.5, 4.5), (4.25, 4.75))
    scores = area_scores([gold], [hyp])
    assert scores.iou == pytest.approx(100 * np.mean([0.5, 0.5 / 1.25, 0.5]))
    assert scores.word_coverage == pytest.approx(75)
    assert scores.a_score == pytest.approx(2 / (1 / scores.iou + 1 / 75))
    assert scores.centre_distance == pytest.approx(np.mean([0, 0.375, 0]))
    nothing = area_scores([gold], [spans()])
    assert (nothing.iou, nothing.word_coverage, nothing.a_score, nothing.centre_distance) == (0, 0, 0, None)
    assert area_scores([gold], [gold]).a_score == 100
    with pytest.raises(SegmentationError, match="gold has no word"):
        area_scores([spans()], [hyp])


def test_words_have_their_best_detector() -> None:
    gold = aligned((0, 1, "dog"), (1, 2, "cat"), (2, 3, "dog"), (3, 4, "cat"), (4, 5, "dog"))
    hyp = aligned((0, 1, "7"), (1, 2, "7"), (2, 2.5, "7"), (2.5, 3, "7"), (3, 4, "9"))
    scores = detection_scores([gold], [hyp])
    dog, cat = sorted(scores.detectors, key=lambda detector: detector.word == "cat")
    # Label 7 is heard in three words, two of them dogs; the last dog has no segment.
    assert (dog.label, dog.precision, dog.recall, dog.f1) == pytest.approx(("7", 200 / 3, 200 / 3, 200 / 3))
    assert (cat.label, cat.precision, cat.recall) == ("9", 100, 50)
    assert (scores.detected, scores.types) == (2, 2)
    assert scores.mean_f1 == pytest.approx((200 / 3 + 200 / 3) / 2)
    assert scores.purity == pytest.approx(75)
    assert detection_scores([gold], [hyp], threshold=0.7).detected == 0
    nothing = detection_scores([gold], [aligned()])
    assert (nothing.detected, nothing.types, nothing.mean_f1, nothing.purity) == (0, 2, 0, 0)


def test_segments_take_the_word_that_they_overlap_longest() -> None:
    words = np.array([(0, 1), (1, 3), (4, 5)])
    segments = np.array([(0, 1.4), (0.5, 1.5), (2.9, 4.2), (3.2, 3.8), (5, 6)])
    assert longest_overlap(words, segments).tolist() == [0, 0, 2, -1, -1]
    assert longest_overlap(words[:0], segments).tolist() == [-1] * 5


def test_purity_counts_each_labels_most_frequent_word() -> None:
    gold = aligned((0, 1, "dog"), (1, 2, "cat"), (2, 3, "dog"))
    hyp = aligned((0, 1, "a"), (1, 2, "a"), (2, 3, "a"), (6, 7, "b"), (7, 8, "b"))
    scores = cluster_scores([gold], [hyp])
    assert (scores.purity, scores.labels) == (80, 2)
    assert scores.v_measure == pytest.approx(100 * v_measure_score(["d", "c", "d", "", ""], list("aaabb")))
    perfect = cluster_scores([gold], [gold])
    assert (perfect.purity, perfect.homogeneity, perfect.completeness) == pytest.approx((100, 100, 100))
    with pytest.raises(SegmentationError, match="no segment to score"):
        cluster_scores([gold], [aligned()])


def test_all_scores_at_once_and_quickly() -> None:
    rng = np.random.default_rng(0)

    def random(id: str) -> Alignment:
        edges = np.sort(rng.choice(1000, 14, replace=False)) / 100
        words = rng.integers(0, 200, 13).astype(str)
        rows = zip(edges[:-1].tolist(), edges[1:].tolist(), words.tolist(), strict=True)
        return aligned(*rows, id=id)

    gold, hyp = ([random(str(n)) for n in range(2000)] for _ in range(2))
    started = time.process_time()
    scores = segment_scores(gold, hyp)
    assert time.process_time() - started < 8  # a fifth of 10,000 utterances; measured: 0.6 s
    assert scores.detection is not None and scores.clusters is not None
    assert 0 < scores.tokens.f1 < scores.boundaries.f1 < 100
    perfect = segment_scores(gold, gold)
    assert (perfect.tokens.f1, perfect.boundaries.f1, perfect.area.a_score) == pytest.approx((100, 100, 100))
