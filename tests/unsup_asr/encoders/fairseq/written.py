"""Checkpoints in fairseq's layout, out of transformers' models with random weights."""

from argparse import Namespace
from typing import Any

import torch
from torch import Tensor
from transformers import (
    Data2VecAudioConfig,
    Data2VecAudioModel,
    HubertConfig,
    HubertModel,
    Wav2Vec2Config,
    Wav2Vec2Model,
)

CONVOLUTIONS = "[(12, 10, 5)] + [(12, 3, 2)] * 4 + [(12,2,2)] + [(12,2,2)]"
SIZES: dict[str, Any] = dict(
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=48,
    conv_dim=(12,) * 7,
    num_conv_pos_embedding_groups=2,
)
POSITION = dict(num_conv_pos_embeddings=8)
LARGE = dict(do_stable_layer_norm=True, feat_extract_norm="layer")
MODELS = {
    "hubert_base": lambda: HubertModel(HubertConfig(**SIZES, **POSITION)),
    "hubert_large": lambda: HubertModel(HubertConfig(**SIZES, **POSITION, **LARGE)),
    "wav2vec2_base": lambda: Wav2Vec2Model(Wav2Vec2Config(**SIZES, **POSITION)),
    "wav2vec2_large": lambda: Wav2Vec2Model(Wav2Vec2Config(**SIZES, **POSITION, **LARGE, conv_bias=True)),
    "data2vec": lambda: Data2VecAudioModel(Data2VecAudioConfig(**SIZES, num_conv_pos_embeddings=3)),
}
ARCHITECTURES = {"hubert": "hubert", "wav2vec2": "wav2vec2", "data2vec": "data2vec_audio"}

# In this order, each all over a name.
_THEIRS = (
    ("masked_spec_embed", "mask_emb"),
    ("feature_projection.layer_norm", "layer_norm"),
    ("feature_projection.projection", "post_extract_proj"),
    ("pos_conv_embed.conv", "pos_conv.0"),
    ("pos_conv_embed.layers.", "pos_conv."),
    ("parametrizations.weight.original0", "weight_g"),
    ("parametrizations.weight.original1", "weight_v"),
    ("attention.", "self_attn."),
    ("feed_forward.intermediate_dense", "fc1"),
    ("feed_forward.output_dense", "fc2"),
)


def random_model(kind: str) -> Any:
    """A model none of whose weights is 0 or 1, so that each one counts."""
    torch.manual_seed(0)
    model = MODELS[kind]().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def fairseq_weights(model: Any) -> dict[str, Tensor]:
    """The weights under fairseq's names."""
    every_norm = "feature_extractor.conv_layers.1.layer_norm.weight" in model.state_dict()
    return {fairseq_name(name, every_norm): tensor for name, tensor in model.state_dict().items()}


def fairseq_name(name: str, every_norm: bool) -> str:
    """What fairseq calls a weight of transformers."""
    part, _, rest = name.partition(".")
    if part == "feature_extractor":
        norm = ".2.1." if every_norm else ".2."
        return name.replace(".conv.", ".0.").replace(".layer_norm.", norm)
    if rest.startswith("layers.") and ".layer_norm" in rest:
        return name.replace(".layer_norm", ".self_attn_layer_norm")
    for ours, theirs in _THEIRS:
        name = name.replace(ours, theirs)
    return name.replace(".conv.", ".0.")


def encoder_settings(kind: str, **others: Any) -> dict[str, Any]:
    """The settings that fairseq keeps of such a model."""
    return {
        "_name": ARCHITECTURES[kind.split("_")[0]],
        "extractor_mode": "layer_norm" if "large" in kind or kind == "data2vec" else "default",
        "encoder_attention_heads": 4,
        "layer_norm_first": "large" in kind,
        "conv_feature_layers": CONVOLUTIONS,
        "dropout": 0.25,
        "encoder_layerdrop": 0.05,
        **others,
    }


def with_cfg(kind: str, normalize: bool = False, **others: Any) -> dict[str, Any]:
    """As fairseq saves now; other settings of the encoder may be given."""
    cfg = {"model": encoder_settings(kind, **others), "task": {"normalize": normalize, "sample_rate": 16000}}
    return {"args": None, "cfg": cfg, "model": fairseq_weights(random_model(kind))}


def with_args(kind: str, normalize: bool = False) -> dict[str, Any]:
    """As fairseq saved before."""
    settings = encoder_settings(kind) | {"normalize": normalize}
    args = Namespace(arch=settings.pop("_name"), **settings)
    return {"args": args, "model": fairseq_weights(random_model(kind))}


def fine_tuned(kind: str, normalize: bool = False, *, cfg: bool) -> dict[str, Any]:
    """With a CTC head around it, the settings of the encoder kept as those of its own training."""
    encoder = (with_cfg if cfg else with_args)(kind, normalize)
    model = {f"w2v_encoder.w2v_model.{name}": tensor for name, tensor in encoder["model"].items()}
    model |= {"w2v_encoder.proj.weight": torch.ones(5, 32), "w2v_encoder.proj.bias": torch.ones(5)}
    # The head's own dropout and normalisation, of which only the latter is the encoder's business.
    outer = {"dropout": 0.9, "normalize": normalize}
    if not cfg:
        return {"args": Namespace(arch="wav2vec_ctc", w2v_args=encoder["args"], **outer), "model": model}
    settings = {"_name": "wav2vec_ctc", "w2v_args": encoder["cfg"], **outer}
    return {"args": None, "cfg": {"model": settings, "task": {"normalize": normalize}}, "model": model}
