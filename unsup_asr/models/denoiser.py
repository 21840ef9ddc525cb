"""A small sequence-to-sequence Transformer over vocabulary entries that mends English, with a bias to copy.

Transformer (Vaswani et al. 2017), normalised before its layers, with the copy mixture of See et al. 2017:

    p(y_t) = (1 − c_t) softmax(E h_t)(y_t) + c_t Σ_s a_ts [x_s = y_t]

where h is the decoder's state, E the embedding that source, target and output share, a a single-headed attention
over the source. Null ends a source and a text, and stands before a text.

Shapes: B sentences, S words of the longest source and one more, T positions, V entries, W width.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from unsup_asr.data.vocabulary import NULL

# No log-probability is lower than that of this.
_LEAST = 1e-9


@dataclass
class DenoiserConfig:
    """The network.

    Attributes:
        width: of its embeddings and layers.
        hidden: width of the feed-forward parts.
        layers: of the encoder, and of the decoder.
        heads: of the attention.
        dropout: share of activations dropped in training.
    """

    width: int = 128
    hidden: int = 256
    layers: int = 2
    heads: int = 4
    dropout: float = 0.1


@dataclass(frozen=True)
class Source:
    """Encoded sources.

    Attributes:
        entries: [B, S], null beyond the end, at least one.
        states: [B, S, W].
        beyond: [B, S], true beyond the first null.
    """

    entries: Tensor
    states: Tensor
    beyond: Tensor

    def repeated(self, times: int) -> "Source":
        """Each so many times in a row."""
        return Source(*(value.repeat_interleave(times, dim=0) for value in vars(self).values()))


class Denoiser(nn.Module):
    """Maps a noisy text to a better one.

    Args:
        config: sizes.
        entries: V.
    """

    def __init__(self, config: DenoiserConfig, entries: int) -> None:
        super().__init__()
        self.config, width = config, config.width
        sizes = (width, config.heads, config.hidden, config.dropout)
        reading = nn.TransformerEncoderLayer(*sizes, batch_first=True, norm_first=True)
        writing = nn.TransformerDecoderLayer(*sizes, batch_first=True, norm_first=True)
        self.embedding = nn.Embedding(entries, width)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        self.dropout = nn.Dropout(config.dropout)
        self.encoder = nn.TransformerEncoder(
            reading, config.layers, nn.LayerNorm(width), enable_nested_tensor=False
        )
        self.decoder = nn.TransformerDecoder(writing, config.layers, nn.LayerNorm(width))
        self.query, self.key, self.gate = (
            nn.Linear(width, width),
            nn.Linear(width, width),
            nn.Linear(width, 1),
        )
        self.bias = nn.Parameter(torch.zeros(entries))

    def forward(self, noisy: Tensor, text: Tensor) -> Tensor:
        """log p of each entry at each position of a text, given what stands before it.

        Args:
            noisy: [B, N], null beyond the end.
            text: [B, T], null beyond the end.

        Returns:
            [B, T + 1, V]; the last position is behind a text of T words.
        """
        return self.write(self.read(noisy), text)

    def read(self, noisy: Tensor) -> Source:
        """Encode sources [B, N], null beyond the end."""
        entries = nn.functional.pad(noisy, (0, 1), value=NULL)
        beyond = (entries == NULL).long().cumsum(dim=1) > 1
        states = self.encoder(self._embedded(entries), src_key_padding_mask=beyond)
        return Source(entries, states, beyond)

    def write(self, source: Source, text: Tensor, copy_bias: float = 0.0) -> Tensor:
        """As `forward`, of sources that are read already; `copy_bias` is added to the log-odds of copying."""
        before = nn.functional.pad(text, (1, 0), value=NULL)
        length = before.shape[1]
        later = torch.ones(length, length, dtype=torch.bool, device=text.device).triu(diagonal=1)
        states = self.decoder(
            self._embedded(before),
            source.states,
            tgt_mask=later,
            memory_key_padding_mask=source.beyond,
        )
        own = (states @ self.embedding.weight.T + self.bias).softmax(dim=-1)
        likeness = self.query(states) @ self.key(source.states).transpose(1, 2) / math.sqrt(self.config.width)
        attention = likeness.masked_fill(source.beyond[:, None], float("-inf")).softmax(dim=-1)
        copies = torch.sigmoid(self.gate(states) + copy_bias)
        mixed = (1 - copies) * own
        sources = source.entries[:, None].expand(-1, length, -1)
        log_p: Tensor = mixed.scatter_add(2, sources, copies * attention).clamp(min=_LEAST).log()
        return log_p

    def _embedded(self, entries: Tensor) -> Tensor:
        """Embeddings with sinusoids of their places, [B, N, W]."""
        width = self.config.width
        places = torch.arange(entries.shape[1], device=entries.device)
        rates = torch.exp(torch.arange(0, width, 2, device=entries.device) * (-math.log(1e4) / width))
        angles = places[:, None] * rates
        sinusoids = torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, :width]
        embedded: Tensor = self.dropout(self.embedding(entries) * math.sqrt(width) + sinusoids)
        return embedded
