"""What speech says of each word, frame by frame: a network.

A hybrid of network and hidden Markov model (Bourlard & Morgan 1994): the network's log p(state | frame) less the
log prior of the state scores the frames. Shapes and states as in `word_states`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from segmenters.recognised.word_states import WordStates

# Outputs that the second convolution sees.
_SMOOTHED = 5


@dataclass
class FrameWordsConfig:
    """The network over frames.

    Attributes:
        hop: least seconds between its outputs; faster frames are taken by strides.
        width: hidden channels.
        context: seconds that the first convolution sees.
        dropout: share of hidden activations dropped in training.
    """

    hop: float = 0.02
    width: int = 256
    context: float = 0.14
    dropout: float = 0.2


class FrameWords(WordStates):
    """Scores states frame by frame.

    Args:
        config: sizes.
        channels: D of the speech encoder.
        hop: seconds between the encoder's frames.
        entries: V.

    Attributes:
        prior: [S], log share of each state in what it was trained on.
    """

    prior: Tensor

    def __init__(self, config: FrameWordsConfig, channels: int, hop: float, entries: int) -> None:
        super().__init__(max(1, round(config.hop / hop)), hop, entries)
        self.config, self.channels, stride = config, channels, self.stride
        # As many frames on either side of an output's stretch, so that outputs stay in the middle of theirs.
        beside = max(0, round((config.context / hop - stride) / 2))
        self.listen = nn.Sequential(
            nn.Conv1d(channels, config.width, stride + 2 * beside, stride, padding=beside),
            nn.GELU(),
            nn.Dropout(config.dropout),
        )
        self.tell = nn.Sequential(
            nn.Conv1d(config.width, config.width, _SMOOTHED, padding=_SMOOTHED // 2),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Conv1d(config.width, self.states, 1),
        )
        self.register_buffer("prior", torch.full((self.states,), 1 / self.states).log())

    def forward(self, frames: Tensor, lengths: Sequence[int]) -> Tensor:
        """Log-probabilities of the states, [B, T', S].

        Args:
            frames: [B, T, D], zero beyond an utterance's end.
            lengths: T of each utterance; what is beyond it changes nothing.
        """
        whole = nn.functional.pad(frames, (0, 0, 0, -frames.shape[1] % self.stride))
        hidden = self.listen(whole.transpose(1, 2))
        own = torch.tensor([self.outputs(length) for length in lengths], device=frames.device)
        inside = torch.arange(hidden.shape[2], device=frames.device) < own[:, None]
        logits: Tensor = self.tell(hidden * inside[:, None]).transpose(1, 2)
        return logits.log_softmax(dim=-1)

    def evidence(self, frames: Tensor, lengths: Sequence[int]) -> Tensor:
        """Log-probabilities of the states less their prior, [B, T', S]; see `WordStates`."""
        log_probabilities: Tensor = self(frames, lengths)
        return log_probabilities - self.prior
