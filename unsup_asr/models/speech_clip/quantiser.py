"""From cosines to a chosen token, with a gradient: straight through a softmax, or drawn with Gumbel noise.

Shapes: B utterances, K keywords, W token width, V tokens.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from unsup_asr.models.speech_clip.config import LEARNABLE, SCHEDULED, QuantiserConfig

# A temperature that is learned stays above this, where the softmax is all but one-hot.
_COLDEST = 1e-3


@dataclass(frozen=True)
class Chosen:
    """What the quantiser makes of keywords.

    Attributes:
        embeddings: [B, K, W], those of the chosen tokens, with the gradient of the expected embedding.
        choices: [B, K], their rows in the token table.
    """

    embeddings: Tensor
    choices: Tensor


class Quantiser(nn.Module):
    """Chooses a token for each keyword.

    Args:
        config: its temperature.
    """

    temperature: Tensor

    def __init__(self, config: QuantiserConfig) -> None:
        super().__init__()
        self.config = config
        start = torch.tensor(config.temperature)
        if config.kind == LEARNABLE:
            self.temperature = nn.Parameter(start)
        else:
            self.register_buffer("temperature", start)

    @torch.no_grad()
    def anneal(self, step: int) -> None:
        """Set the temperature of update number `step`, where it is scheduled."""
        if self.config.kind == SCHEDULED:
            here = self.config.temperature * self.config.decay**step
            self.temperature.fill_(max(here, self.config.lowest))

    def forward(self, cosines: Tensor, token_embeddings: Tensor) -> Chosen:
        """Choose tokens; in evaluation simply the nearest.

        Args:
            cosines: [B, K, V], of keywords and tokens.
            token_embeddings: [V, W].
        """
        if not self.training:
            choices = cosines.argmax(dim=-1)
            return Chosen(functional.embedding(choices, token_embeddings), choices)
        probabilities = self._probabilities(cosines)
        choices = probabilities.argmax(dim=-1)
        expected = probabilities @ token_embeddings
        # The one-hot choice times the table is a look-up; its straight-through gradient is the expectation's.
        embeddings = functional.embedding(choices, token_embeddings) + (expected - expected.detach())
        return Chosen(embeddings, choices)

    def _probabilities(self, cosines: Tensor) -> Tensor:
        temperature = self.temperature.clamp(min=_COLDEST)
        if self.config.gumbel:
            noise = -torch.empty_like(cosines).exponential_().log()
            cosines = cosines + noise
        return (cosines / temperature).softmax(dim=-1)
