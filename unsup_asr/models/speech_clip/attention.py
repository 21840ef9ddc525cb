"""The one attention block between frames and what is read from them.

Only the positions that are read on are queries: CLS vectors ask, frames are asked. The outputs are those of the
whole block at these positions.

Shapes: B utterances, Q queries, P positions (CLS vectors and frames), D channels.
"""

from torch import Tensor, nn


class AttentionBlock(nn.Module):
    """Self-attention, residual, LayerNorm; no feed-forward layer (SpeechCLIP's cascaded branch).

    Args:
        channels: D.
        heads: D divides among them.
        dropout: of attention weights.
    """

    def __init__(self, channels: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(channels, heads, dropout, batch_first=True)
        self.norm = nn.LayerNorm(channels)

    def forward(self, queries: Tensor, positions: Tensor, padding: Tensor) -> Tensor:
        """Outputs [B, Q, D] at the queries.

        Args:
            queries: [B, Q, D], some of the positions.
            positions: [B, P, D].
            padding: [B, P], true where nothing stands.
        """
        seen, _ = self.attention(queries, positions, positions, key_padding_mask=padding, need_weights=False)
        output: Tensor = self.norm(queries + seen)
        return output

    def weights(self, queries: Tensor, positions: Tensor, padding: Tensor) -> Tensor:
        """Where the queries look, mean of the heads: [B, Q, P]."""
        looks: Tensor = self.attention(queries, positions, positions, key_padding_mask=padding)[1]
        return looks


class TransformerBlock(nn.Module):
    """A post-norm transformer layer and a final LayerNorm (SpeechCLIP's parallel branch).

    Args:
        channels: D.
        heads: D divides among them.
        feed_forward: channels of the feed-forward layer.
        dropout: of attention weights and activations.
    """

    def __init__(self, channels: int, heads: int, feed_forward: int, dropout: float) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(
            channels, heads, feed_forward, dropout, activation="gelu", batch_first=True
        )
        self.norm = nn.LayerNorm(channels)

    def forward(self, queries: Tensor, positions: Tensor, padding: Tensor) -> Tensor:
        """As `AttentionBlock.forward`."""
        layer = self.layer
        seen, _ = layer.self_attn(queries, positions, positions, key_padding_mask=padding, need_weights=False)
        hidden = layer.norm1(queries + layer.dropout1(seen))
        wide = layer.dropout(layer.activation(layer.linear1(hidden)))
        output: Tensor = self.norm(layer.norm2(hidden + layer.dropout2(layer.linear2(wide))))
        return output

    def weights(self, queries: Tensor, positions: Tensor, padding: Tensor) -> Tensor:
        """As `AttentionBlock.weights`."""
        looks: Tensor = self.layer.self_attn(queries, positions, positions, key_padding_mask=padding)[1]
        return looks


def attention_block(
    channels: int, heads: int, feed_forward: int, dropout: float
) -> AttentionBlock | TransformerBlock:
    """The block of a configuration.

    Args:
        channels, heads, dropout: as the blocks take them.
        feed_forward: multiple of the channels; 0 for none.
    """
    if feed_forward:
        return TransformerBlock(channels, heads, feed_forward * channels, dropout)
    return AttentionBlock(channels, heads, dropout)
