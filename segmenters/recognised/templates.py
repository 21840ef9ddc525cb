"""What speech says of each word, frame by frame: one Gaussian for each state, with a covariance in common.

A network learns whatever it is told: a word that stands for two different sounds in what was decoded will be
heard in both. A single Gaussian cannot: it fits the sound that is the more frequent, and leaves the other one to
the words that truly sound like it. Such templates therefore undo what a recogniser has talked itself into, at
the price of hearing less well. Shapes and states as in `word_states`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from segmenters.recognised.word_states import WordStates

# Outputs on either side that are looked at, too, and the most dimensions that they may add up to.
_BESIDE, _WIDEST = 3, 512
# Outputs with the mean of all that each state is assumed to have been seen in besides.
_ASSUMED = 10.0
_RIDGE = 1e-3


@dataclass(frozen=True)
class Example:
    """An utterance to fit templates to.

    Attributes:
        frames: [T, D].
        states: [T'], what state each output is in.
    """

    frames: Tensor
    states: Tensor


class WordTemplates(WordStates):
    """Scores states by linear discriminant analysis (Fisher 1936) of stacked outputs.

    Args:
        like: strides and durations are taken from it.
        examples: what the templates are fitted to, at once; one at least.
    """

    weights: Tensor
    offsets: Tensor

    def __init__(self, like: WordStates, examples: Sequence[Example]) -> None:
        super().__init__(like.stride, like.hop / like.stride, len(like.duration_mean) + 1)
        self.duration_mean, self.duration_deviation = like.duration_mean, like.duration_deviation
        means, covariance = self._moments(examples)
        weights = torch.linalg.solve(covariance, means.T)
        self.register_buffer("weights", weights.to(self.duration_mean))
        self.register_buffer("offsets", -0.5 * (means.T * weights).sum(dim=0).to(self.duration_mean))

    def evidence(self, frames: Tensor, lengths: Sequence[int]) -> Tensor:
        """Log-density of each state, less that of all states together, [B, T', S]; see `WordStates`."""
        parts = [
            (self._stacked(own[:length]) @ self.weights + self.offsets).log_softmax(dim=-1)
            for own, length in zip(frames, lengths, strict=True)
        ]
        return nn.utils.rnn.pad_sequence(parts, batch_first=True)

    def _moments(self, examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
        """Means [S, F] of the states, drawn a little towards that of all, and the covariance [F, F] within."""
        width, device = self._stacked(examples[0].frames).shape[1], examples[0].frames.device
        counts = torch.zeros(self.states, dtype=torch.double, device=device)
        sums, squares = counts.new_zeros(self.states, width), counts.new_zeros(width, width)
        for each in examples:
            stacked = self._stacked(each.frames)
            counts += each.states.bincount(minlength=self.states)
            sums.index_add_(0, each.states, stacked.double())
            squares += stacked.T @ stacked
        between = sums.T @ (sums / counts.clamp(min=1)[:, None])
        ridge = _RIDGE * torch.eye(width, dtype=torch.double, device=device)
        overall = sums.sum(dim=0) / counts.sum()
        means = (sums + _ASSUMED * overall) / (counts + _ASSUMED)[:, None]
        return means, (squares - between) / counts.sum() + ridge

    def _stacked(self, frames: Tensor) -> Tensor:
        """Each output's mean frame beside those before and after it, [T', F], of frames [T, D]."""
        stride, short = self.stride, -len(frames) % self.stride
        means = nn.functional.pad(frames, (0, 0, 0, short)).unflatten(0, (-1, stride)).mean(dim=1)
        beside = max(0, min(_BESIDE, (_WIDEST // frames.shape[1] - 1) // 2))
        around = nn.functional.pad(means.T, (beside, beside), mode="replicate").T
        return torch.cat([around[k : k + len(means)] for k in range(2 * beside + 1)], dim=1)
