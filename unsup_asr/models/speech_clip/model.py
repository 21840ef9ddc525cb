"""SpeechCLIP: speech in CLIP's space, whole (parallel), through keywords (cascaded), or both.

Shih et al. 2022, *SpeechCLIP: Integrating Speech with Pre-Trained Vision and Language Model*; Wang et al. 2024,
*SpeechCLIP+*. The speech encoder and CLIP stay outside: the model holds what is trained.

Shapes: B utterances, L hidden states a frame has, T frames, D channels of the speech encoder, C CLS vectors,
K keywords, W token width, E joint width, V tokens of the table.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.layer_sum import LayerSum
from unsup_asr.models.speech_clip.attention import attention_block
from unsup_asr.models.speech_clip.config import CIF, CLS, NONE, SpeechClipConfig
from unsup_asr.models.speech_clip.firing import Fired, Firing
from unsup_asr.models.speech_clip.keyword_norm import KeywordNorm
from unsup_asr.models.speech_clip.outputs import Grounded, Keywords
from unsup_asr.models.speech_clip.quantiser import Quantiser


class SpeechClip(nn.Module):
    """A model of the family.

    Args:
        config: which.
        states: L.
        channels: D.
        hop: seconds between frames.
        token_embeddings: [V, W], CLIP's embeddings of the tokens that may be written.
        width: E.
        room: most tokens that CLIP reads between SOT and EOT.

    Raises:
        UsageError: the configuration is of no model, or of more keywords than CLIP reads.
    """

    token_embeddings: Tensor
    directions: Tensor

    def __init__(
        self,
        config: SpeechClipConfig,
        states: int,
        channels: int,
        hop: float,
        token_embeddings: Tensor,
        width: int,
        room: int,
    ) -> None:
        config.check(channels, room)
        super().__init__()
        self.config, self.hop, self.channels, self.width = config, hop, channels, width
        self.layer_sum = LayerSum(states, config.normalise_states)
        self.cls = nn.Parameter(torch.randn(config.vectors, channels))
        self.attention = attention_block(channels, config.heads, config.feed_forward, config.dropout)
        if config.parallel:
            self.parallel_project = _projection(channels, config.parallel_hidden, width, config.dropout)
        table = token_embeddings.detach()
        if config.keywords != NONE:
            to = table.shape[1]
            self.keyword_project = _projection(channels, config.keyword_hidden, to, config.dropout)
            self.quantiser = Quantiser(config.quantiser)
            if config.batch_norm:
                self.keyword_norm = KeywordNorm(table, config.count if config.keywords == CLS else None)
        if config.keywords == CIF:
            self.firing = Firing(channels, config.firing_dropout, min(config.most, room))
        self.register_buffer("token_embeddings", table)
        self.register_buffer("directions", functional.normalize(table, dim=-1), persistent=False)

    def forward(self, states: Tensor, lengths: Tensor, clip: Clip, rescaled: bool = False) -> Grounded:
        """Ground utterances.

        Args:
            states: [B, L, T, D], hidden states of the speech encoder, anything beyond an utterance's end.
            lengths: [B], frames of each utterance.
            clip: reads the keywords.
            rescaled: whether as many keywords fire as should (CIF's scaling, for the beginning of training).

        Returns:
            Everything that the kind of model has.
        """
        mask = torch.arange(states.shape[2], device=lengths.device) < lengths[:, None]
        frames = self.layer_sum(states)
        vectors, frames = self._attend(frames, mask)
        parallel = self._parallel(vectors) if self.config.parallel else None
        if self.config.keywords == NONE:
            return Grounded(parallel)
        if self.config.keywords == CLS:
            heard = vectors[:, int(self.config.parallel) :]
            keywords = self._keywords(
                heard, torch.ones(heard.shape[:2], dtype=torch.bool, device=mask.device)
            )
            return Grounded(parallel, self._read(keywords, clip), keywords)
        wanted = (lengths * self.hop / self.config.seconds_per_keyword).round().clamp(min=1).long()
        fired: Fired = self.firing(frames, mask, wanted if rescaled else None)
        keywords = self._keywords(fired.sums, fired.mask)
        return Grounded(parallel, self._read(keywords, clip), keywords, fired, wanted)

    def hidden_states(self, states: Tensor, lengths: Tensor) -> list[Tensor]:
        """The weighted sum of states and what the attention block makes of it, [B, T, D] each."""
        mask = torch.arange(states.shape[2], device=lengths.device) < lengths[:, None]
        summed = self.layer_sum(states)
        positions, padding = self._positions(summed, mask)
        return [summed, self.attention(positions, positions, padding)[:, self.config.vectors :]]

    def looks(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Where the CLS vectors look among the frames, [B, C, T]: attention, mean of the heads."""
        mask = torch.arange(states.shape[2], device=lengths.device) < lengths[:, None]
        positions, padding = self._positions(self.layer_sum(states), mask)
        count = self.config.vectors
        return self.attention.weights(positions[:, :count], positions, padding)[..., count:]

    def _attend(self, frames: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs at the CLS vectors, [B, C, D], and at the frames where they are needed, else as they were."""
        positions, padding = self._positions(frames, mask)
        count = self.config.vectors
        if self.config.keywords != CIF:
            return self.attention(positions[:, :count], positions, padding), frames
        output = self.attention(positions, positions, padding)
        return output[:, :count], output[:, count:]

    def _positions(self, frames: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """CLS vectors and frames, [B, C + T, D], and where nothing stands."""
        vectors = self.cls.expand(len(frames), -1, -1)
        padding = functional.pad(~mask, (self.config.vectors, 0))
        return torch.cat([vectors, frames], dim=1), padding

    def _parallel(self, vectors: Tensor) -> Tensor:
        return functional.normalize(self.parallel_project(vectors[:, 0]), dim=-1)

    def _keywords(self, heard: Tensor, mask: Tensor) -> Keywords:
        """Keywords [B, K, D] to tokens."""
        projected = self.keyword_project(heard)
        embeddings = self.keyword_norm(projected, mask) if self.config.batch_norm else projected
        cosines = functional.normalize(embeddings, dim=-1) @ self.directions.T
        chosen = self.quantiser(cosines, self.token_embeddings)
        return Keywords(projected, embeddings, mask, cosines, chosen.choices, chosen.embeddings)

    def _read(self, keywords: Keywords, clip: Clip) -> Tensor:
        return clip.encode_embeddings(keywords.written, keywords.mask.sum(dim=1))


def _projection(channels: int, hidden: int, width: int, dropout: float) -> nn.Module:
    """A linear map, or two with a hidden layer of that many channels between them."""
    if not hidden:
        return nn.Linear(channels, width)
    return nn.Sequential(
        nn.Linear(channels, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, width)
    )
