"""The word-level generator: the speech of one segment to scores over the vocabulary's entries.

After Cascaded SpeechCLIP (Shih et al. 2022), word by word: pooled frames are mapped to CLIP's token space,
BatchNorm gives them the statistics of the token embeddings, and cosines to the entries are the scores.

Shapes: N segments, S slots a segment, D channels of the encoder, W token width, V entries.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from unsup_asr import parallel
from unsup_asr.models.shared_norm import SharedBatchNorm

# A logit that no softmax notices.
_OUT_OF_REACH = -1e3
# Share of each training batch in the running mean of the entries' usage.
_USAGE_MOMENTUM = 0.02


@dataclass
class GeneratorConfig:
    """The word-level generator.

    Attributes:
        narrow: channels of the first convolution over the slots.
        wide: channels of the second, which halves the slots.
        kernel: slots that each convolution sees, an odd number.
        dropout: share of hidden activations dropped in training.
        temperature: what the cosines are divided by; SpeechCLIP uses 0.1.
        use_null: whether null is a candidate: a segment that yields nothing.
    """

    narrow: int = 96
    wide: int = 128
    kernel: int = 3
    dropout: float = 0.1
    temperature: float = 0.1
    use_null: bool = False


class WordGenerator(nn.Module):
    """Maps each segment to logits over the entries; frames outside a segment never reach it.

    Args:
        config: sizes and temperature.
        channels: D of the speech encoder.
        slots: S, the equal parts that a segment's frames are pooled into.
        entry_embeddings: [V, W], mean CLIP embedding of each entry's pieces; the row of null is zero.

    Attributes:
        usage: [V], how often each entry has been meant of late in training.
    """

    entry_directions: Tensor
    usage: Tensor

    def __init__(
        self,
        config: GeneratorConfig,
        channels: int,
        slots: int,
        entry_embeddings: Tensor,
    ) -> None:
        super().__init__()
        self.config = config
        width = entry_embeddings.shape[1]
        self.convolutions = nn.Sequential(
            nn.Conv1d(channels, config.narrow, config.kernel, padding=config.kernel // 2),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Conv1d(config.narrow, config.wide, config.kernel, stride=2, padding=config.kernel // 2),
            nn.GELU(),
            nn.Dropout(config.dropout),
        )
        self.project = nn.Linear(config.wide * ((slots + 1) // 2), width)
        self.norm = SharedBatchNorm(width)
        words = entry_embeddings[1:].detach()
        with torch.no_grad():
            self.norm.weight.copy_(words.std(dim=0))
            self.norm.bias.copy_(words.mean(dim=0))
        self.null_score = nn.Parameter(torch.zeros(()))
        self.register_buffer("usage", torch.full((len(entry_embeddings),), 1 / len(entry_embeddings)))
        self.register_buffer("entry_directions", functional.normalize(words, dim=-1))

    def forward(self, segments: Tensor) -> Tensor:
        """Logits [N, V] of pooled segments [N, S, D]; null is out of reach where it is no candidate."""
        hidden = self.convolutions(segments.transpose(1, 2)).flatten(1)
        token = functional.normalize(self.norm(self.project(hidden)), dim=-1)
        cosines = token @ self.entry_directions.T
        null = self.null_score.expand(len(cosines), 1)
        if not self.config.use_null:
            null = torch.full_like(null, _OUT_OF_REACH)
        logits = torch.cat([null, cosines], dim=1) / self.config.temperature
        if self.training:
            self._follow_usage(logits.detach())
        return logits

    @torch.no_grad()
    def _follow_usage(self, logits: Tensor) -> None:
        """Keep a running mean of how often each entry is meant, as BatchNorm keeps its statistics."""
        share = len(logits) / parallel.summed(logits.new_tensor(float(len(logits))))
        meant = parallel.summed(share * logits.softmax(dim=-1).mean(dim=0))
        self.usage += _USAGE_MOMENTUM * (meant - self.usage)


def straight_through(probabilities: Tensor) -> Tensor:
    """The most probable entry as a one-hot row, with the gradient of the probabilities [..., V]."""
    hard = functional.one_hot(probabilities.argmax(dim=-1), probabilities.shape[-1])
    return hard.to(probabilities.dtype) + (probabilities - probabilities.detach())
