"""The loss against the published one and in closed form."""

import math

import numpy as np
import pytest
import torch

from segmenters.vg_hubert.losses import masked_margin_loss
from tests.segmenters.vg_hubert.published import LOSSES


@pytest.mark.parametrize("margin", LOSSES)
def test_the_loss_is_the_published_one(margin: str) -> None:
    generator = np.random.default_rng(7)
    speech, images = (torch.tensor(generator.standard_normal((6, 5)), dtype=torch.float32) for _ in range(2))
    ids = torch.tensor([3, 1, 3, 2, 1, 5])
    loss = masked_margin_loss(speech, images, ids, float(margin))
    assert loss.item() == pytest.approx(LOSSES[margin], abs=1e-5)


def test_orthonormal_pairs_in_closed_form() -> None:
    pairs = torch.eye(3)
    expected = 2 * math.log(1 + 2 * math.exp(0.5 - 1))
    assert masked_margin_loss(pairs, pairs, torch.arange(3), 0.5).item() == pytest.approx(expected)


def test_the_same_picture_is_no_negative() -> None:
    pairs = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert masked_margin_loss(pairs, pairs, torch.tensor([4, 4])).item() == pytest.approx(0.0, abs=1e-6)
