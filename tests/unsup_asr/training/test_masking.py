"""What is masked stays within its bounds, and nothing else changes."""

import torch

from unsup_asr.training.masking import MaskingConfig, masked

FILLER = torch.full((20,), -7.0)


def marks(config: MaskingConfig, lengths: list[int], seed: int = 0) -> torch.Tensor:
    torch.manual_seed(seed)
    frames = torch.rand(len(lengths), 100, 20)
    found = masked(frames, lengths, FILLER, 0.01, config)
    assert torch.equal(found[found != -7.0], frames[found != -7.0])
    return found == -7.0


def test_stretches_are_short_and_inside():
    config, lengths = MaskingConfig(stretches=1, seconds=0.3, bands=0), [100, 40] * 50
    whole = marks(config, lengths)
    assert torch.equal(whole.all(dim=2), whole.any(dim=2))
    in_time = whole.any(dim=2)
    assert not in_time[1::2, 40:].any()
    assert in_time.sum(dim=1).max() == 30
    assert (in_time.int().diff(dim=1).abs().sum(dim=1) <= 2).all()
    # Every place is masked in some utterance.
    assert in_time[::2].any(dim=0).float().mean() > 0.9


def test_bands_are_narrow():
    whole = marks(MaskingConfig(stretches=0, bands=1, share=0.25), [100] * 100)
    assert torch.equal(whole.all(dim=1), whole.any(dim=1))
    assert whole.any(dim=1).sum(dim=1).max() == 5


def test_nothing_is_masked_where_nothing_is_asked_for():
    assert not marks(MaskingConfig(0, 0.2, 0, 0.2), [100, 3]).any()
    assert not marks(MaskingConfig(2, 0.0, 2, 0.0), [100, 3]).any()


def test_the_same_random_state_masks_the_same():
    config = MaskingConfig()
    assert torch.equal(marks(config, [100, 50], 3), marks(config, [100, 50], 3))
    assert not torch.equal(marks(config, [100, 50], 3), marks(config, [100, 50], 4))
