"""Batches on their way to a GPU."""

import torch
from torch import Tensor


def moved(values: Tensor, device: str | torch.device) -> Tensor:
    """Values on a device. To a GPU they go through pinned memory, and nobody waits until they have arrived."""
    if torch.device(device).type == "cuda" and values.device.type == "cpu":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)
