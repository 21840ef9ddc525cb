"""Runs, insertion and pooling on worked examples."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segmenters.errors import SegmentationError
from segmenters.vg_hubert.attention import (
    AttentionConfig,
    attended,
    insert_runs,
    max_pool,
    mean_pool,
    median_pool,
    pool_runs,
    runs_of,
    weighted_pool,
    word_boundaries,
)


def test_a_frame_counts_if_one_head_is_above_its_own_quantile() -> None:
    attention = torch.tensor([[0.1, 0.2, 0.3, 0.4], [40.0, 30.0, 20.0, 10.0]])
    assert attended(attention, 0.75).tolist() == [True, False, False, True]
    assert attended(torch.stack([attention, attention.flip(1)]), 0.75).shape == (2, 4)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_runs_are_the_stretches_and_single_frames_drop_unless_alone(frames: list[bool]) -> None:
    stretches, start = [], None
    for t, on in enumerate([*frames, False]):
        if on and start is None:
            start = t
        elif not on and start is not None:
            stretches.append([start, t])
            start = None
    expected = [run for run in stretches if run[1] - run[0] > 1] or stretches
    assert runs_of(np.array(frames)).tolist() == expected


def test_words_meet_midway_between_runs() -> None:
    runs = np.array([[2.0, 4.0], [7.0, 9.0], [10.0, 12.0]])
    assert word_boundaries(runs, 20, 2.0).tolist() == pytest.approx([0.0, 0.55, 0.95, 2.0])


def test_each_long_gap_receives_runs() -> None:
    runs = np.array([[10.0, 12.0], [32.0, 34.0]])
    found = insert_runs(runs, 40, 8.0)
    assert found.tolist() == [
        [4, 6], [10, 12], [16, 18], [20, 22], [24, 26], [28, 30], [32, 34]
    ]  # fmt: skip
    assert insert_runs(runs, 40, 20.0).tolist() == runs.tolist()


def test_inserted_runs_must_not_overlap() -> None:
    with pytest.raises(SegmentationError, match=r"every 1\.50 frames, each lasts 2"):
        insert_runs(np.array([[0.0, 2.0]]), 40, 3.0)


def test_pooling() -> None:
    features = torch.tensor([[9.0], [1.0], [2.0], [6.0], [9.0]])
    attention = torch.tensor([[9.0, 1.0, 2.0, 0.0, 9.0], [9.0, 0.0, 4.0, 1.0, 9.0]])
    runs = np.array([[1.0, 4.0]])
    for pool, expected in ((mean_pool, 3.0), (max_pool, 2.0), (median_pool, 2.0), (weighted_pool, 19 / 8)):
        assert pool_runs(features, attention, runs, pool).tolist() == [[expected]]


@pytest.mark.parametrize("wrong", [{"layer": -1}, {"quantile": 1.5}, {"insertion": 0.0}])
def test_settings_out_of_bounds_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SegmentationError, match="out of bounds"):
        AttentionConfig(**wrong)  # type: ignore[arg-type]
