"""Names of weights: fairseq's speech encoders on one side, transformers' on the other."""

import re

# Modules by name, and what their tensors are called where that differs; {} is a number.
_MODULES = (
    ("feature_extractor.conv_layers.{}.0", "feature_extractor.conv_layers.{}.conv"),
    ("feature_extractor.conv_layers.{}.2", "feature_extractor.conv_layers.{}.layer_norm"),  # group norm
    ("feature_extractor.conv_layers.{}.2.1", "feature_extractor.conv_layers.{}.layer_norm"),
    ("layer_norm", "feature_projection.layer_norm"),
    ("post_extract_proj", "feature_projection.projection"),
    ("encoder.pos_conv.0", "encoder.pos_conv_embed.conv"),
    ("encoder.pos_conv.{}.0", "encoder.pos_conv_embed.layers.{}.conv"),  # data2vec's several
    ("encoder.layer_norm", "encoder.layer_norm"),
    ("encoder.layers.{}.self_attn.q_proj", "encoder.layers.{}.attention.q_proj"),
    ("encoder.layers.{}.self_attn.k_proj", "encoder.layers.{}.attention.k_proj"),
    ("encoder.layers.{}.self_attn.v_proj", "encoder.layers.{}.attention.v_proj"),
    ("encoder.layers.{}.self_attn.out_proj", "encoder.layers.{}.attention.out_proj"),
    ("encoder.layers.{}.self_attn_layer_norm", "encoder.layers.{}.layer_norm"),
    ("encoder.layers.{}.fc1", "encoder.layers.{}.feed_forward.intermediate_dense"),
    ("encoder.layers.{}.fc2", "encoder.layers.{}.feed_forward.output_dense"),
    ("encoder.layers.{}.final_layer_norm", "encoder.layers.{}.final_layer_norm"),
)
_TENSORS = {
    "weight": "weight",
    "bias": "bias",
    "weight_g": "parametrizations.weight.original0",  # the norm and
    "weight_v": "parametrizations.weight.original1",  # the direction of weight normalisation
}
_MASK = {"mask_emb": "masked_spec_embed"}

# Everything under these takes part in computing the frames; heads and quantisers of the training do not.
_ENCODER = ("feature_extractor.", "layer_norm.", "post_extract_proj.", "encoder.")
_ENCODER_INPUT = ("project_inp.", "input_quantizer.")  # frames quantised on their way in


def transformers_name(name: str) -> str | None:
    """What transformers' `HubertModel`, `Wav2Vec2Model` or `Data2VecAudioModel` calls a weight of fairseq.

    Args:
        name: fairseq's, without the prefix of a model around the encoder.

    Returns:
        None if the three have no such weight.
    """
    if name in _MASK:
        return _MASK[name]
    module, _, tensor = name.rpartition(".")
    for theirs, ours in _MODULES:
        numbers = re.fullmatch(re.escape(theirs).replace(r"\{\}", r"(\d+)"), module)
        if numbers and tensor in _TENSORS:
            return f"{ours.format(*numbers.groups())}.{_TENSORS[tensor]}"
    return None


def computes_frames(name: str) -> bool:
    """Whether the frames depend on a weight of fairseq; leaving it out would change them."""
    return name.startswith((*_ENCODER, *_ENCODER_INPUT))
