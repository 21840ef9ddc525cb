import math

import torch
from torch import Tensor

from unsup_asr.losses.adversarial import adversarial_loss, discriminator_loss, gradient_penalty
from unsup_asr.models.discriminator import Discriminator, DiscriminatorConfig


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def mask_of(lengths: list[int], longest: int) -> Tensor:
    return torch.arange(longest) < torch.tensor(lengths)[:, None]


def test_discriminator_loss_by_its_formula():
    real, fake = draw(5), draw(5, seed=1)
    expected = -(real.sigmoid().log().mean() + (1 - fake.sigmoid()).log().mean()) / 2
    torch.testing.assert_close(discriminator_loss(real, fake), expected)


def test_a_discriminator_without_a_clue_pays_one_bit():
    torch.testing.assert_close(discriminator_loss(torch.zeros(3), torch.zeros(4)), torch.tensor(math.log(2)))


def test_adversarial_loss_by_its_formula():
    fake = draw(5)
    torch.testing.assert_close(adversarial_loss(fake), -fake.sigmoid().log().mean())


def test_gradients_of_the_cross_entropies():
    real, fake = draw(4).requires_grad_(True), draw(4, seed=1).requires_grad_(True)
    assert torch.autograd.gradcheck(discriminator_loss, (real, fake))
    assert torch.autograd.gradcheck(adversarial_loss, (fake,))


def test_penalty_of_a_linear_critic():
    """Its gradient is its weight at every position, of norm ‖w‖ √n over the n that both sequences have."""
    weight = draw(3)
    critic = lambda tokens, mask: ((tokens @ weight) * mask).sum(dim=1)  # noqa: E731
    real, fake = draw(4, 6, 3), draw(4, 5, 3, seed=1)
    penalty = gradient_penalty(critic, real, mask_of([6, 2, 3, 1], 6), fake, mask_of([5, 4, 3, 2], 5))
    shared = torch.tensor([5.0, 2.0, 3.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(penalty, (weight.norm() * shared.sqrt() - 1).square().mean())


def test_penalty_is_taken_between_real_and_predicted():
    """A quadratic critic's gradient is the point itself: all points must lie on the lines between the two."""
    seen = []

    def critic(tokens: Tensor, mask: Tensor) -> Tensor:
        seen.append(tokens.detach())
        return tokens.square().sum(dim=(1, 2)) / 2

    everywhere = torch.ones(50, 2, dtype=torch.bool)
    real, fake = torch.zeros(50, 2, 1), torch.ones(50, 2, 1) * torch.tensor([[1.0], [3.0]])
    torch.manual_seed(0)
    penalty = gradient_penalty(critic, real, everywhere, fake, everywhere)
    (points,) = seen
    assert (points >= 0).all() and (points[:, 0] <= 1).all()
    torch.testing.assert_close(points[:, 1], 3 * points[:, 0])
    assert points[:, 0].std() > 0.2
    torch.testing.assert_close(penalty, (points.flatten(1).norm(dim=1) - 1).square().mean())


def test_penalty_reaches_the_critics_weights_and_nothing_else():
    everywhere = torch.ones(3, 4, dtype=torch.bool)
    real, fake = draw(3, 4, 2), draw(3, 4, 2, seed=1).requires_grad_(True)
    weight = draw(2, seed=2).requires_grad_(True)

    def penalty(weight: Tensor) -> Tensor:
        torch.manual_seed(0)
        critic = lambda tokens, mask: ((tokens @ weight).tanh() * mask).sum(dim=1)  # noqa: E731
        return gradient_penalty(critic, real, everywhere, fake, everywhere)

    assert torch.autograd.gradcheck(penalty, (weight,))
    penalty(weight).backward()
    assert fake.grad is None


def test_penalty_trains_the_real_discriminator():
    torch.manual_seed(0)
    critic = Discriminator(DiscriminatorConfig(hidden=8), width=4)
    mask = mask_of([5, 3], 5)
    gradient_penalty(critic, draw(2, 5, 4).float(), mask, draw(2, 5, 4, seed=1).float(), mask).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in critic.first.parameters())
    assert critic.first.weight.grad.abs().sum() > 0
