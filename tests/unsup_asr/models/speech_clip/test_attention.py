"""Asking at a few positions is asking at all of them and taking these."""

import pytest
import torch
from torch import nn

from unsup_asr.models.speech_clip.attention import AttentionBlock, TransformerBlock, attention_block

B, Q, T, D = 3, 2, 7, 8


@pytest.fixture
def positions() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(B, Q + T, D)


@pytest.fixture
def padding() -> torch.Tensor:
    return torch.arange(Q + T) >= torch.tensor([[9], [6], [4]])


def test_a_transformer_block_is_torchs_layer_and_a_norm(positions, padding):
    block = attention_block(D, 2, 4, 0.0)
    assert isinstance(block, TransformerBlock)
    encoder = nn.TransformerEncoder(block.layer, 1, block.norm, enable_nested_tensor=False)
    encoder.layers[0] = block.layer
    whole = encoder(positions, src_key_padding_mask=padding)
    torch.testing.assert_close(block(positions[:, :Q], positions, padding), whole[:, :Q])


def test_without_feed_forward_it_is_attention_residual_and_norm(positions, padding):
    block = attention_block(D, 1, 0, 0.0)
    assert isinstance(block, AttentionBlock)
    query, key, value = (positions @ block.attention.in_proj_weight.T).chunk(3, dim=-1)
    logits = (query @ key.transpose(1, 2) / D**0.5).masked_fill(padding[:, None], float("-inf"))
    seen = block.attention.out_proj(logits.softmax(dim=-1) @ value)
    expected = nn.functional.layer_norm(positions + seen, (D,))
    torch.testing.assert_close(block(positions[:, :Q], positions, padding), expected[:, :Q])
    weights = block.weights(positions[:, :Q], positions, padding)
    torch.testing.assert_close(weights, logits.softmax(dim=-1)[:, :Q])


@pytest.mark.parametrize("feed_forward", [0, 4])
def test_what_is_padded_is_never_seen(positions, padding, feed_forward):
    block = attention_block(D, 2, feed_forward, 0.0)
    other = positions.masked_fill(padding[..., None], 1e3)
    same = block(positions[:, :Q], positions, padding)
    torch.testing.assert_close(block(other[:, :Q], other, padding), same)
