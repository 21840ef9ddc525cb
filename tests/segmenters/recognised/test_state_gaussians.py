"""Means and covariance in common, against those of all outputs at once; outputs beside their neighbours."""

import pytest
import torch

from segmenters.recognised.state_gaussians import ASSUMED, StateGaussians, in_context


def test_parts_come_to_the_means_and_the_covariance_of_all():
    torch.manual_seed(0)
    outputs, states = (
        5 + torch.randn(300, 4).double() @ torch.randn(4, 4).double(),
        torch.randint(0, 3, (300,)),
    )
    found = StateGaussians.of(zip(outputs.split(7), states.split(7), strict=True), 4)
    raw = torch.stack([outputs[states == state].mean(dim=0) for state in range(3)])
    within = outputs - raw[states]
    wanted = within.T @ within / 300 + 1e-3 * torch.eye(4).double()
    torch.testing.assert_close(found.covariance, wanted)
    counts = states.bincount().double()[:, None]
    centre = outputs.mean(dim=0)
    torch.testing.assert_close(found.means[:3], (counts * raw + ASSUMED * centre) / (counts + ASSUMED))
    torch.testing.assert_close(found.means[3], centre)  # never seen: drawn all the way


def test_each_output_stands_beside_its_neighbours_and_the_ends_are_repeated():
    outputs = torch.arange(5.0)[None, :, None].expand(2, 5, 1)
    found = in_context(outputs)
    assert found.shape == (2, 5, 7)
    assert found[1, 0].tolist() == [0, 0, 0, 0, 1, 2, 3] and found[0, 3].tolist() == [0, 1, 2, 3, 4, 4, 4]


@pytest.mark.parametrize(("channels", "width"), [(73, 511), (74, 370), (170, 510), (171, 171), (600, 600)])
def test_no_more_neighbours_than_the_widest_allows(channels, width):
    assert in_context(torch.zeros(9, channels)).shape == (9, width)
