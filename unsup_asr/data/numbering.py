"""Names as numbers."""

from collections.abc import Sequence

import torch
from torch import Tensor


def numbered(names: Sequence[str]) -> Tensor:
    """Numbers [n] from 0 in the order of first appearance, equal where the names are."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return torch.tensor([numbers[name] for name in names])


def first_of_each(rows: Tensor, numbers: Tensor) -> Tensor:
    """The first row [P, …] of each number from 0 to P − 1, of rows [U, …] with their numbers [U]."""
    places = torch.arange(len(numbers), device=numbers.device)
    first = places.new_full((int(numbers.max()) + 1,), len(numbers))
    return rows[first.scatter_reduce(0, numbers, places, "amin")]
