"""Soft targets from a matrix."""

import torch
from torch import Tensor

from unsup_asr.training.soft_targets import SoftTargets


def soft(targets: Tensor) -> SoftTargets:
    """Rows [N, V] as they are, every entry a hypothesis of its own."""
    return SoftTargets(torch.arange(targets.shape[1]).expand_as(targets), targets, targets.shape[1])


def dense(targets: SoftTargets) -> Tensor:
    """All rows, [N, V]."""
    return targets.dense(torch.arange(len(targets)))
