"""How many of a table's rows are in use, and how much the most used one is."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Usage:
    """What is chosen how often.

    Attributes:
        in_use: exp of the entropy of the rows' frequencies: 1 for one row, n for n that are equally frequent.
        top_share: share of the most frequent row.
        top: the most frequent row.
    """

    in_use: Tensor
    top_share: Tensor
    top: Tensor


def usage(counts: Tensor) -> Usage:
    """The usage of a table.

    Args:
        counts: [R], how often each row was chosen; one of them at least once.
    """
    shares = counts / counts.sum()
    top = shares.argmax()
    return Usage(torch.special.entr(shares).sum().exp(), shares[top], top)
