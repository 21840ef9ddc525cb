"""Learning rates over a training."""

import math


def warmed_cosine(step: int, updates: int) -> float:
    """Share of the peak learning rate at an update: up over the first twentieth, then down along a cosine."""
    done = (step + 1) / updates
    return min(20 * done, 0.5 + 0.5 * math.cos(math.pi * done))
