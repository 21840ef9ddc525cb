"""The weighted sum of an encoder's hidden states (Yang et al. 2021, SUPERB)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from unsup_asr.errors import InputError


class LayerSum(nn.Module):
    """Learns how much each hidden state counts; at first, all count alike.

    Args:
        states: L, hidden states to sum.
        normalised: whether each frame of each state is first brought to mean 0 and variance 1, as published
            for large models, whose states grow from layer to layer.
    """

    def __init__(self, states: int, normalised: bool = False) -> None:
        super().__init__()
        self.normalised = normalised
        self.weights = nn.Parameter(torch.zeros(states))

    @property
    def shares(self) -> Tensor:
        """How much each state counts, [L], summing to 1."""
        return self.weights.softmax(dim=0)

    def forward(self, states: Tensor) -> Tensor:
        """The sums [B, T, D] of states [B, L, T, D], which may be of half precision.

        Raises:
            InputError: there are not L states.
        """
        if states.shape[1] != len(self.weights):
            raise InputError(
                f"{states.shape[1]} hidden states are given, {len(self.weights)} have a weight",
                where="layer sum",
                remedy="take the encoder that the model was trained with",
            )
        states = states.to(self.weights.dtype)
        if self.normalised:
            states = functional.layer_norm(states, states.shape[-1:])
        sums: Tensor = (self.shares @ states.flatten(start_dim=2)).unflatten(1, states.shape[2:])
        return sums
