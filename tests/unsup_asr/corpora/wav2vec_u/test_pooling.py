"""Pooling as published, beside the same said frame by frame."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from unsup_asr.corpora.wav2vec_u.pooling import Pooling, PoolingConfig, paired
from unsup_asr.errors import InputError

RNG = np.random.default_rng(0)
# Four clouds far from each other, so that k-means can find nothing else.
CORNERS = np.array([[9, 0, 0, 0], [0, 9, 0, 0], [0, 0, 9, 0], [-9, -9, -9, 1]], np.float32)
CLOUDS = RNG.integers(4, size=400)
FRAMES = CORNERS[CLOUDS] + 0.1 * RNG.standard_normal((400, 4)).astype(np.float32)
POOLING = Pooling.fit(FRAMES, PoolingConfig(clusters=4, share=0.5))


def test_components_are_those_of_scikit_learn() -> None:
    theirs = PCA(2).fit(FRAMES)
    ours = (FRAMES - POOLING.mean.numpy()) @ POOLING.components.numpy()
    # A component may point either way.
    assert np.allclose(np.abs(ours), np.abs(theirs.transform(FRAMES)), atol=1e-3)


@given(st.lists(st.integers(0, 399), min_size=1, max_size=30))
def test_runs_of_one_cluster_are_averaged(rows: list[int]) -> None:
    projected = (FRAMES[rows] - POOLING.mean.numpy()) @ POOLING.components.numpy()
    runs = [list(run) for _, run in groupby(range(len(rows)), key=lambda place: CLOUDS[rows[place]])]
    expected = np.stack([projected[run].mean(axis=0) for run in runs])
    assert np.allclose(POOLING.merged(FRAMES[rows]), expected, atol=1e-4)


@given(st.integers(1, 20))
def test_pairs_are_averaged_and_an_odd_last_stays(count: int) -> None:
    frames = RNG.standard_normal((count, 3)).astype(np.float32)
    expected = [frames[first : first + 2].mean(axis=0) for first in range(0, count, 2)]
    assert np.allclose(paired(frames), expected, atol=1e-6)


def test_the_same_seed_pools_the_same() -> None:
    again = Pooling.fit(FRAMES, PoolingConfig(clusters=4, share=0.5))
    assert np.array_equal(again.centres, POOLING.centres)


def test_more_clusters_than_frames_are_refused() -> None:
    with pytest.raises(InputError, match="400 frames cannot make 401 clusters"):
        Pooling.fit(FRAMES, PoolingConfig(clusters=401))
