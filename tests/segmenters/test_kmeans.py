"""k-means and principal components against scikit-learn's."""

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from segmenters.errors import SegmentationError
from segmenters.kmeans import kmeans, nearest, refine
from segmenters.pca import fit_pca


def blobs(clusters: int = 8, each: int = 40) -> torch.Tensor:
    chance = np.random.default_rng(1)
    middles = chance.normal(scale=10, size=(clusters, 3))
    points = np.repeat(middles, each, axis=0) + chance.normal(size=(clusters * each, 3))
    return torch.from_numpy(points.astype(np.float32))


def test_it_finds_planted_clusters():
    labels, _ = nearest(blobs(), kmeans(blobs(), 8, 20, seed=0))
    groups = labels.view(8, 40)
    assert (groups == groups[:, :1]).all()
    assert len(groups[:, 0].unique()) == 8


def test_rounds_are_lloyds():
    points = blobs(3)
    start = points[:5]
    expected = KMeans(5, init=start.numpy(), n_init=1, max_iter=7, tol=0, algorithm="lloyd").fit(
        points.numpy()
    )
    np.testing.assert_allclose(refine(points, start, 7), expected.cluster_centers_, atol=1e-4)


def test_it_is_the_same_for_the_same_seed():
    torch.testing.assert_close(kmeans(blobs(), 5, 3, seed=4), kmeans(blobs(), 5, 3, seed=4), rtol=0, atol=0)


def test_a_large_cloud_is_drawn_from():
    points = torch.randn(5000, 2, generator=torch.Generator().manual_seed(0))
    assert nearest(points, kmeans(points, 4, 20, seed=0))[1].mean() < 0.8


def test_distances_are_squared_and_euclidean():
    points, centres = blobs(2), blobs(3)[::7]
    labels, distances = nearest(points, centres)
    expected = torch.cdist(points.double(), centres.double()).square()
    torch.testing.assert_close(distances.double(), expected.min(dim=1).values, rtol=1e-3, atol=1e-2)
    torch.testing.assert_close(expected.gather(1, labels[:, None]), expected.min(dim=1, keepdim=True).values)


def test_a_centre_without_points_moves_to_a_far_one():
    points = torch.tensor([[0.0], [1.0], [10.0]])
    centres = refine(points, torch.tensor([[0.0], [99.0]]), 5)
    assert sorted(centres[:, 0].tolist()) == [0.5, 10.0]


def test_as_many_clusters_as_points_and_equal_points():
    assert sorted(kmeans(torch.tensor([[1.0], [2.0]]), 2, 5, seed=0)[:, 0].tolist()) == [1.0, 2.0]
    assert kmeans(torch.ones(4, 2), 3, 5, seed=0).isfinite().all()


@pytest.mark.parametrize("clusters", [0, 5])
def test_more_clusters_than_points_are_refused(clusters):
    with pytest.raises(SegmentationError, match=f"{clusters} clusters cannot be made of 4 points"):
        kmeans(torch.zeros(4, 2), clusters, 5, seed=0)


def test_components_are_the_principal_ones():
    points = torch.randn(200, 6, generator=torch.Generator().manual_seed(0)) @ torch.diag(
        torch.arange(1.0, 7.0)
    )
    projected = fit_pca(points, 3)(points).numpy()
    expected = PCA(3).fit_transform(points.numpy())
    np.testing.assert_allclose(np.abs(projected), np.abs(expected), atol=1e-3)


def test_a_width_beyond_the_frames_keeps_all():
    assert fit_pca(torch.eye(4), 250).components.shape == (4, 4)
