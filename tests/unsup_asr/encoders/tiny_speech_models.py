"""Random speech models of transformers, small but with every trap of the large ones."""

import torch
from transformers import (
    Data2VecAudioConfig,
    Data2VecAudioModel,
    HubertConfig,
    HubertModel,
    Wav2Vec2Config,
    Wav2Vec2ConformerConfig,
    Wav2Vec2ConformerModel,
    Wav2Vec2Model,
    WavLMConfig,
    WavLMModel,
)

SIZES = dict(
    hidden_size=32,
    num_hidden_layers=3,
    num_attention_heads=2,
    intermediate_size=48,
    conv_dim=(16,) * 7,
    num_conv_pos_embeddings=8,
    num_conv_pos_embedding_groups=2,
)
BASE = dict(feat_extract_norm="group", do_stable_layer_norm=False)
LARGE = dict(feat_extract_norm="layer", do_stable_layer_norm=True, conv_bias=True)
# mHuBERT at 25 Hz: one more convolution, and a batch norm before the positions.
SLOW = dict(
    conv_dim=(16,) * 8,
    conv_kernel=(10, 3, 3, 3, 3, 2, 2, 2),
    conv_stride=(5, 2, 2, 2, 2, 2, 2, 2),
    num_feat_extract_layers=8,
    conv_pos_batch_norm=True,
)
KINDS = {
    "hubert_base": (HubertModel, HubertConfig, BASE),
    "hubert_large": (HubertModel, HubertConfig, LARGE),
    "hubert_25_hz": (HubertModel, HubertConfig, BASE | SLOW),
    "wav2vec2_base": (Wav2Vec2Model, Wav2Vec2Config, BASE),
    "xls_r": (Wav2Vec2Model, Wav2Vec2Config, LARGE),
    "group_and_pre_norm": (Wav2Vec2Model, Wav2Vec2Config, LARGE | {"feat_extract_norm": "group"}),
    "layer_and_post_norm": (HubertModel, HubertConfig, BASE | {"feat_extract_norm": "layer"}),
    "wavlm": (WavLMModel, WavLMConfig, BASE),
    "data2vec": (Data2VecAudioModel, Data2VecAudioConfig, {"feat_extract_norm": "layer"}),
    "conformer": (Wav2Vec2ConformerModel, Wav2Vec2ConformerConfig, {"feat_extract_norm": "layer"}),
}


def tiny_model(kind: str) -> torch.nn.Module:
    """Biases and running statistics are drawn too: where they are zero, padding with zeros does no harm."""
    model_class, config_class, settings = KINDS[kind]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = model_class(config_class(**{**SIZES, **settings})).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
            for name, buffer in model.named_buffers():
                if "running" in name:
                    buffer.uniform_(0.5, 1.5)
    return model


def noise(length: int, seed: int = 0) -> torch.Tensor:
    """A waveform that neither is centred nor has variance 1."""
    return 0.1 + 0.3 * torch.randn(length, generator=torch.Generator().manual_seed(seed))
