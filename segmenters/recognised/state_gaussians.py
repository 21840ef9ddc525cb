"""One Gaussian for each state, with a covariance in common, of outputs that are seen with those beside them.

Shapes: T outputs, D channels, F = (2 · reach + 1) · D dimensions, S states.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

# Outputs at the mean of all that each state is assumed to have been seen in besides.
ASSUMED = 10.0
_RIDGE = 1e-3
# Outputs on either side that are looked at, too, and the most dimensions that they may add up to.
_BESIDE, _WIDEST = 3, 512


@dataclass(frozen=True)
class StateGaussians:
    """What the states look like.

    Attributes:
        means: [S, F], double, each drawn a little towards that of all outputs.
        covariance: [F, F], double, within states.
    """

    means: Tensor
    covariance: Tensor

    @classmethod
    def of(cls, seen: Iterable[tuple[Tensor, Tensor]], states: int) -> "StateGaussians":
        """Those of outputs [n, F] and what state each is in [n], a part after the other; one part at least."""
        count, total, squares = 0, torch.zeros(()), torch.zeros(())
        for outputs, own in seen:
            if not count:
                total = outputs.new_zeros(states, 1 + outputs.shape[1], dtype=torch.double)
                squares = outputs.new_zeros(outputs.shape[1], outputs.shape[1], dtype=torch.double)
            count += len(own)
            total.index_add_(0, own, nn.functional.pad(outputs, (1, 0), value=1.0).double())
            squares += outputs.T @ outputs
        counts, sums = total[:, :1], total[:, 1:]
        between = sums.T @ (sums / counts.clamp(min=1))
        means = (sums + ASSUMED * sums.sum(dim=0) / count) / (counts + ASSUMED)
        ridge = _RIDGE * torch.eye(len(squares), dtype=torch.double, device=squares.device)
        return cls(means, (squares - between) / count + ridge)


def in_context(outputs: Tensor) -> Tensor:
    """Each output beside those before and after it, [..., T, F], of outputs [..., T, D]; ends are repeated."""
    length, channels = outputs.shape[-2:]
    reach = max(0, min(_BESIDE, (_WIDEST // channels - 1) // 2))
    places = (torch.arange(length)[:, None] + torch.arange(-reach, reach + 1)).clamp(0, length - 1)
    return outputs[..., places.to(outputs.device), :].flatten(-2)
