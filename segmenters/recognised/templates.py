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

from segmenters.recognised.state_gaussians import StateGaussians, in_context
from segmenters.recognised.word_states import WordStates


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
        seen = StateGaussians.of(
            ((self._outputs(each.frames), each.states) for each in examples), self.states
        )
        weights = torch.linalg.solve(seen.covariance, seen.means.T)
        self.register_buffer("weights", weights.to(self.duration_mean))
        self.register_buffer("offsets", -0.5 * (seen.means.T * weights).sum(dim=0).to(self.duration_mean))

    def evidence(self, frames: Tensor, lengths: Sequence[int]) -> Tensor:
        """Log-density of each state, less that of all states together, [B, T', S]; see `WordStates`."""
        parts = [
            (self._outputs(own[:length]) @ self.weights + self.offsets).log_softmax(dim=-1)
            for own, length in zip(frames, lengths, strict=True)
        ]
        return nn.utils.rnn.pad_sequence(parts, batch_first=True)

    def _outputs(self, frames: Tensor) -> Tensor:
        """Each output's mean frame in its context, [T', F], of frames [T, D]."""
        short = -len(frames) % self.stride
        return in_context(
            nn.functional.pad(frames, (0, 0, 0, short)).unflatten(0, (-1, self.stride)).mean(dim=1)
        )
