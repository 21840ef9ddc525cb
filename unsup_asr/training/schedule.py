"""Learning rates over a training."""

import math


def warmed_cosine(step: int, updates: int) -> float:
    """Share of the peak learning rate at an update: up over the first twentieth, then down along a cosine."""
    done = (step + 1) / updates
    return min(20 * done, 0.5 + 0.5 * math.cos(math.pi * done))


def warmed_line(step: int, warm_up: int, updates: int) -> float:
    """Share of the peak learning rate at an update: up a line over `warm_up` updates, then down one to zero.

    Without a warm-up it stays at the peak.
    """
    if warm_up <= 0:
        return 1.0
    return min((step + 1) / warm_up, (updates - step) / max(1, updates - warm_up))
