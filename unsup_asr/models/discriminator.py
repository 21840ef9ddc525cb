"""The discriminator: a small convolutional reader of token sequences (wav2vec-U, Baevski et al. 2021)."""

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass
class DiscriminatorConfig:
    """The discriminator.

    Attributes:
        hidden: channels.
        kernel: tokens that each convolution sees, the present one last.
    """

    hidden: int = 128
    kernel: int = 3


class Discriminator(nn.Module):
    """Scores sequences of embedded tokens: the mean over positions of a causal convolutional network.

    Args:
        config: sizes.
        width: W of the embedded tokens.
    """

    def __init__(self, config: DiscriminatorConfig, width: int) -> None:
        super().__init__()
        self.pad = config.kernel - 1
        self.first = nn.Conv1d(width, config.hidden, config.kernel)
        self.second = nn.Conv1d(config.hidden, config.hidden, config.kernel)
        self.score = nn.Conv1d(config.hidden, 1, 1)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Logits [B], high for real captions, of tokens [B, T, W] where mask [B, T] is true."""
        hidden = (tokens * mask[..., None]).transpose(1, 2)
        hidden = nn.functional.gelu(self.first(nn.functional.pad(hidden, (self.pad, 0))))
        hidden = nn.functional.gelu(self.second(nn.functional.pad(hidden, (self.pad, 0))))
        scores = self.score(hidden).squeeze(1)
        total: Tensor = (scores * mask).sum(dim=1)
        return total / mask.sum(dim=1).clamp(min=1)
