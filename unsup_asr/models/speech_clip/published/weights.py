"""What was trained between HuBERT and CLIP: our names of its weights, and the published ones."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from unsup_asr.encoders.fairseq.checkpoint import mismatches
from unsup_asr.models.speech_clip.config import CLS, NONE, SpeechClipConfig
from unsup_asr.models.speech_clip.published.checkpoint import LAYERS, Published, other_architecture

_TOKENS = "token_embeddings"
# Published with a dimension of 1 that ours have not.
_SQUEEZED = ("cls", "parallel_cls", "cascaded_cls", "vector_quantizer.curr_temp")


def trained_weights(
    published: Published, branch: str, config: SpeechClipConfig, expected: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """The weights of a network.

    Args:
        published: the checkpoint.
        branch: the prefix of what was trained.
        config: the network's.
        expected: its state dict as it is before any learning; the token table is kept, and what is empty.

    Raises:
        InputError: weights are missing, not expected, or of another shape; the first ones are named.
    """
    here = {f"{branch}{name}": _squeezed(name, weight) for name, weight in published.part(branch).items()}
    here[LAYERS] = published.weights[LAYERS]
    kept = {name: weight for name, weight in expected.items() if name == _TOKENS or not weight.numel()}
    names = {name: _published_names(name, branch, config) for name in expected if name not in kept}
    lacking = [theirs for several in names.values() for theirs in several if theirs not in here]
    wanted = {theirs for several in names.values() for theirs in several}
    strange = [name for name in here if name not in wanted]
    _refuse({"lacks": lacking, "has": strange}, published.path)
    found = {name: _joined([here[theirs] for theirs in several]) for name, several in names.items()}
    other = [
        f"{' and '.join(names[name])} {tuple(weight.shape)}, expected {tuple(expected[name].shape)}"
        for name, weight in found.items()
        if weight.shape != expected[name].shape
    ]
    _refuse({"differs in": other}, published.path)
    return found | kept


def _published_names(name: str, branch: str, config: SpeechClipConfig) -> list[str]:
    """What they call a weight of ours; the CLS vectors of a model with both outputs are two weights."""
    if name == "layer_sum.weights":
        return [LAYERS]
    both = config.parallel and config.keywords != NONE
    if name == "cls" and both and config.keywords == CLS:
        return [f"{branch}parallel_cls", f"{branch}cascaded_cls"]
    for ours, theirs in _modules(config, both):
        if name.startswith(ours):
            return [f"{branch}{theirs}{name.removeprefix(ours)}"]
    return [f"{branch}{name}"]


def _modules(config: SpeechClipConfig, both: bool) -> tuple[tuple[str, str], ...]:
    """Prefixes, ours and theirs."""
    return (
        ("attention.layer.", "self_att.model.layers.0."),
        ("attention.attention.", "self_att.multihead_attn_layer."),
        (
            "attention.norm.",
            "self_att.model.norm." if config.feed_forward else "self_att.attentionBlock_Norm.",
        ),
        (
            "parallel_project.",
            _projection("parallel_proj." if both else "linear_proj.", config.parallel_hidden),
        ),
        ("keyword_project.", _projection("linear_proj.", config.keyword_hidden)),
        ("keyword_norm.", "bn_layer.bn_layer."),
        ("quantiser.temperature", "vector_quantizer.curr_temp"),
        ("firing.convolution.", "downsampling.conv.0."),
        ("firing.project.", "downsampling.weight_proj.1."),
    )


def _projection(name: str, hidden: int) -> str:
    return f"{name}sequential." if hidden else name


def _squeezed(name: str, weight: Tensor) -> Tensor:
    return weight[0] if name in _SQUEEZED and weight.dim() and len(weight) == 1 else weight


def _joined(weights: list[Tensor]) -> Tensor:
    """CLS vectors one after the other; where their widths differ, the first alone will not fit either."""
    widths = {weight.shape[1:] for weight in weights}
    return torch.cat(weights) if len(weights) > 1 and len(widths) == 1 else weights[0]


def _refuse(names: Mapping[str, list[str]], path: Path) -> None:
    if fault := mismatches(names):
        raise other_architecture(fault, path)
