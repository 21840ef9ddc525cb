"""Lower precision in training: networks compute in it, weights, losses, optimisers and checkpoints do not."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor, nn

from unsup_asr.errors import UsageError

FLOAT32, BFLOAT16 = "float32", "bfloat16"


@contextmanager
def lowered(precision: str, modules: Iterable[nn.Module]) -> Iterator[None]:
    """Inside, networks compute in this precision; in float32, nothing changes.

    bfloat16 has the range of float32: losses need no scaling.

    Args:
        precision: float32 or bfloat16.
        modules: what is trained, on the device that it is trained on.

    Raises:
        UsageError: the precision is neither.
    """
    if precision not in (FLOAT32, BFLOAT16):
        raise UsageError(
            f"{precision!r} is no precision to train in",
            where="loop.precision",
            remedy=f"say {FLOAT32} or {BFLOAT16}",
        )
    if precision == FLOAT32:
        yield
        return
    device = next(parameter.device for module in modules for parameter in module.parameters())
    # What autocast keeps of a weight goes stale when an optimiser steps within an update (the discriminator's),
    # and has no gradient where it was first used without one.
    with torch.autocast(device.type, torch.bfloat16, cache_enabled=False):
        yield


def full_precision(device: torch.device) -> AbstractContextManager[None]:
    """Inside, what is computed on the device is computed in the precision of its arguments: losses, gradients."""
    context: AbstractContextManager[None] = torch.autocast(device.type, enabled=False)
    return context


def backward(loss: Tensor) -> None:
    """Gradients of a loss; every operation's in the precision that its forward pass had."""
    with full_precision(loss.device):
        loss.backward()
