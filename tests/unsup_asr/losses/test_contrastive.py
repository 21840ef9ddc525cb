import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from open_clip import ClipLoss
from torch import Tensor
from torch.nn import functional

from unsup_asr.losses.contrastive import contrastive_loss


def draw(batch: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    both = torch.randn(2, batch, 6, generator=generator, dtype=torch.float64)
    texts, images = functional.normalize(both, dim=-1)
    return texts, images


@given(batch=st.integers(1, 12), scale=st.floats(0.1, 100), seed=st.integers(0, 100))
def test_equals_open_clips_loss_where_all_pictures_differ(batch, scale, seed):
    texts, images = draw(batch, seed)
    ours = contrastive_loss(texts, images, torch.arange(batch), scale)
    torch.testing.assert_close(ours, ClipLoss()(images, texts, scale))


def test_two_captions_of_a_picture_are_no_negatives_of_each_other():
    """By definition: the row's own pair over all pairs but those of the same picture."""
    texts, images = draw(5)
    ids = torch.tensor([7, 3, 7, 7, 4])
    images = images[[0, 1, 0, 0, 4]]
    cosines = 10 * texts @ images.T
    rows, columns = [], []
    for i in range(5):
        others = [j for j in range(5) if j == i or ids[j] != ids[i]]
        rows.append(cosines[i, others].logsumexp(dim=0) - cosines[i, i])
        columns.append(cosines[others, i].logsumexp(dim=0) - cosines[i, i])
    expected = (torch.stack(rows).mean() + torch.stack(columns).mean()) / 2
    torch.testing.assert_close(contrastive_loss(texts, images, ids, 10.0), expected)


def test_masked_pairs_have_no_gradient():
    texts, images = draw(2)
    texts.requires_grad_(True)
    loss = contrastive_loss(texts, images, torch.tensor([5, 5]), 10.0)
    loss.backward()
    assert loss == 0
    assert torch.equal(texts.grad, torch.zeros_like(texts))


def test_the_right_order_is_the_best_one():
    texts, _ = draw(8)
    ids = torch.arange(8)
    right = contrastive_loss(texts, texts, ids, 100.0)
    assert right < 0.01 < contrastive_loss(texts, texts.roll(1, dims=0), ids, 100.0)


@pytest.mark.parametrize("ids", [[0, 1, 2, 3], [0, 1, 0, 1]])
def test_gradients(ids):
    texts, images = (value.requires_grad_(True) for value in draw(4))
    loss = lambda t, i: contrastive_loss(t, i, torch.tensor(ids), 5.0)  # noqa: E731
    assert torch.autograd.gradcheck(loss, (texts, images))
