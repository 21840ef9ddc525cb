"""Published VG-HuBERT checkpoints into a `VGHubert`, without fairseq."""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segmenters.checkpoints import read_checkpoint, read_namespace
from segmenters.errors import SegmentationError
from segmenters.fairseq.convolutions import KERNELS, STRIDES, read_convolutions
from segmenters.fairseq.names import transformers_name
from segmenters.vg_hubert.config import VGHubertConfig, plain_hubert_config
from segmenters.vg_hubert.model import VGHubert

ARGUMENTS = "args.pkl"
_CONTAINERS = ("dual_encoder", "audio_encoder", "model")
_PREFIX = re.compile(
    r"^(module\.|audio_encoder\.|w2v_encoder\.w2v_model\.|w2v2_model\.|conv1_trm1_conv2_trm2\.)+"
)
_IMAGE_ENCODER = "trm."

_HEAD_CHANNELS = 64

_CLS = "cls_token"
# The heads around the HuBERT: their names and ours.
_HEADS = (("audio_cls_token_proj.", "audio_head."), ("visual_cls_token_proj.", "image_head."))
_UNUSED = "mask_emb"  # of HuBERT's own training


@dataclass(frozen=True)
class Converted:
    """A published model in our form.

    Attributes:
        model: ready to segment.
        assumed: what the files did not say and was taken from the published models, a sentence each.
        ignored: weights that a VG-HuBERT has no place for, other than its image encoder's.
    """

    model: VGHubert
    assumed: tuple[str, ...]
    ignored: tuple[str, ...]


def convert(path: str | Path, arguments: str | Path | None = None, heads: bool = True) -> Converted:
    """Read `best_bundle.pth`, `snapshot_N.pth` or an older bundle; sizes come from its tensors' shapes.

    Shapes do not tell the number of attention heads, the strides of the convolutions and where layer norms
    stand: these come from `args.pkl`. Without it they are those of HuBERT-base, 64 channels a head.

    Args:
        path: the checkpoint.
        arguments: the model's `args.pkl`; None takes the one beside the checkpoint, if there is one.
        heads: whether to keep the heads for training, where the file has them.

    Raises:
        SegmentationError: a file cannot be read or would run code, or it holds another architecture.
    """
    path = Path(path)
    beside = path.with_name(ARGUMENTS)
    given = arguments if arguments is not None else beside if beside.is_file() else None
    published = read_namespace(given) if given is not None else None
    weights, ignored = _renamed(_published_weights(path), path)
    if not heads:
        weights = {name: tensor for name, tensor in weights.items() if "_head." not in name}
    config, assumed = _configuration(weights, published, path)
    return Converted(_filled(config, weights, path), assumed, ignored)


def _published_weights(path: Path) -> dict[str, Tensor]:
    content = read_checkpoint(path)
    for container in _CONTAINERS:
        if isinstance(found := content.get(container), Mapping):
            return {
                _PREFIX.sub("", str(name)): value for name, value in found.items() if torch.is_tensor(value)
            }
    keys = ", ".join(map(str, list(content)[:8])) or "nothing"
    fault = f"holds {keys}; expected one of {', '.join(_CONTAINERS)}"
    raise SegmentationError(fault, where=path, remedy="give a bundle or snapshot of VG-HuBERT")


def _renamed(published: Mapping[str, Tensor], path: Path) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    weights, ignored = {}, []
    for name, tensor in published.items():
        ours = _our_name(name)
        if ours is not None:
            weights[ours] = tensor.float()
        elif not name.startswith(_IMAGE_ENCODER):
            ignored.append(name)
    if _CLS not in weights:
        fault = "has no cls_token, so it is no VG-HuBERT"
        raise SegmentationError(fault, where=path, remedy="import a plain HuBERT as such")
    damaged = [name for name, tensor in weights.items() if not tensor.isfinite().all()]
    if damaged:
        raise SegmentationError(f"{damaged[0]} is not finite", where=path, remedy="fetch the file again")
    return weights, tuple(ignored)


def _our_name(name: str) -> str | None:
    if name == _CLS:
        return name
    for theirs, ours in _HEADS:
        if name.startswith(theirs):
            return name.replace(theirs, ours, 1)
    inside = f"encoder.{name}" if name.startswith("pos_conv.") else name
    named = None if inside == _UNUSED else transformers_name(inside)
    return None if named is None else f"hubert.{named}"


def _configuration(
    weights: Mapping[str, Tensor], published: argparse.Namespace | None, path: Path
) -> tuple[VGHubertConfig, tuple[str, ...]]:
    shape = _Shapes(weights, path)
    convolutions = shape.numbered("hubert.feature_extractor.conv_layers.{}.conv.weight")
    layers = shape.numbered("hubert.encoder.layers.{}.attention.k_proj.weight")
    position = shape.of("hubert.encoder.pos_conv_embed.conv.parametrizations.weight.original1")
    width = shape.of(_CLS)[-1]
    kernels = tuple(kernel for *_, kernel in convolutions)
    said = vars(published) if published is not None else {}
    every_norm = "hubert.feature_extractor.conv_layers.1.layer_norm.weight" in weights
    assumed: list[str] = []
    hubert = plain_hubert_config(
        hidden_size=width,
        num_hidden_layers=len(layers),
        num_attention_heads=_heads(said, width, assumed, path),
        intermediate_size=shape.of("hubert.encoder.layers.0.feed_forward.intermediate_dense.weight")[0],
        conv_dim=tuple(out for out, *_ in convolutions),
        conv_kernel=kernels,
        conv_stride=_strides(said, kernels, assumed, path),
        conv_bias="hubert.feature_extractor.conv_layers.0.conv.bias" in weights,
        feat_extract_norm="layer" if every_norm else "group",
        do_stable_layer_norm=_norm_first(said, every_norm, assumed),
        num_conv_pos_embeddings=position[2],
        num_conv_pos_embedding_groups=width // position[1],
        hidden_dropout=said.get("dropout", 0.1),
        attention_dropout=said.get("attention_dropout", 0.1),
        activation_dropout=said.get("activation_dropout", 0.0),
        feat_proj_dropout=said.get("dropout_input", 0.1),
    )
    joint = weights.get("audio_head.2.weight")
    image = weights.get("image_head.0.weight")
    config = VGHubertConfig(
        hubert, None if joint is None else len(joint), None if image is None else image.shape[1]
    )
    return config, tuple(assumed)


class _Shapes:
    """The shapes in a file, or an error that names what is missing."""

    def __init__(self, weights: Mapping[str, Tensor], path: Path) -> None:
        self.weights, self.path = weights, path

    def of(self, name: str) -> tuple[int, ...]:
        if name not in self.weights:
            raise _other_architecture(f"has no {name}", self.path)
        return tuple(self.weights[name].shape)

    def numbered(self, pattern: str) -> list[tuple[int, ...]]:
        count = next(n for n in range(len(self.weights) + 1) if pattern.format(n) not in self.weights)
        return [self.of(pattern.format(n)) for n in range(max(1, count))]


def _heads(said: Mapping[str, Any], width: int, assumed: list[str], path: Path) -> int:
    heads = said.get("encoder_attention_heads")
    if heads is None:
        heads = max(1, width // _HEAD_CHANNELS)
        assumed.append(f"{heads} attention heads, of {width // heads} channels each")
    if not isinstance(heads, int) or heads < 1 or width % heads:
        raise _other_architecture(f"its {width} channels do not divide among {heads} heads", path)
    return heads


def _strides(
    said: Mapping[str, Any], kernels: tuple[int, ...], assumed: list[str], path: Path
) -> tuple[int, ...]:
    if "conv_feature_layers" in said:
        try:
            convolutions = read_convolutions(str(said["conv_feature_layers"]))
        except SegmentationError as error:
            raise _other_architecture(error.what, path) from error
        if tuple(convolution.kernel for convolution in convolutions) == kernels:
            return tuple(convolution.stride for convolution in convolutions)
        raise _other_architecture(f"its convolutions have kernels {kernels}, its arguments say other", path)
    if kernels != KERNELS:
        fault = f"its convolutions have kernels {kernels}, whose strides only its arguments tell"
        raise SegmentationError(fault, where=path, remedy=f"put its {ARGUMENTS} beside it")
    assumed.append(f"strides {STRIDES} of the convolutions")
    return STRIDES


def _norm_first(said: Mapping[str, Any], every_norm: bool, assumed: list[str]) -> bool:
    if "layer_norm_first" in said:
        return bool(said["layer_norm_first"])
    place = "before" if every_norm else "behind"
    assumed.append(f"layer norms {place} attention and feed-forward")
    return every_norm


def _filled(config: VGHubertConfig, weights: dict[str, Tensor], path: Path) -> VGHubert:
    model = VGHubert(config)
    if config.hubert.conv_dim[-1] == config.hubert.hidden_size:
        # Theirs has no projection where none is needed; the identity is the same, to the last bit.
        projection = "hubert.feature_projection.projection"
        weights.setdefault(f"{projection}.weight", torch.eye(config.hubert.hidden_size))
        weights.setdefault(f"{projection}.bias", torch.zeros(config.hubert.hidden_size))
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise _other_architecture(" ".join(str(error).split())[:300], path) from error
    return model.eval()


def _other_architecture(what: str, path: Path) -> SegmentationError:
    return SegmentationError(
        what, where=path, remedy="give a bundle or snapshot of VG-HuBERT and its own args.pkl"
    )
