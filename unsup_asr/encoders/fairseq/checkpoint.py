"""fairseq's checkpoints of speech encoders, read without fairseq and without running what they carry."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from segmenters.checkpoints import read_checkpoint
from segmenters.fairseq.names import computes_frames, transformers_name
from unsup_asr.encoders.fairseq.settings import Settings, read_settings
from unsup_asr.errors import InputError

REMEDY = "give a HuBERT, wav2vec 2.0 or data2vec-audio checkpoint of fairseq"

_FINE_TUNED = re.compile(r"^w2v_encoder\.w2v_model\.")
_NEEDED = (
    "feature_extractor.conv_layers.0.conv.weight",
    "feature_projection.layer_norm.weight",
    "encoder.layer_norm.weight",
    "encoder.layers.0.attention.k_proj.weight",
    "encoder.layers.0.feed_forward.intermediate_dense.weight",
)


@dataclass(frozen=True)
class Published:
    """An encoder as it was published.

    Attributes:
        path: the file.
        weights: by transformers' names, in single precision.
        settings: what the file says of it otherwise.
        left_out: modules that do not take part in computing frames, such as heads of its training.
    """

    path: Path
    weights: dict[str, Tensor]
    settings: Settings
    left_out: tuple[str, ...]

    def shape(self, name: str, dimensions: int) -> tuple[int, ...]:
        """The sizes of a weight.

        Raises:
            InputError: the file lacks it, or it has another number of dimensions.
        """
        if name not in self.weights:
            raise other_architecture(f"lacks {name}", self.path)
        shape = tuple(self.weights[name].shape)
        if len(shape) != dimensions or 0 in shape:
            raise other_architecture(f"{name} is {shape}, expected {dimensions} dimensions", self.path)
        return shape

    def shapes(self, pattern: str, dimensions: int) -> list[tuple[int, ...]]:
        """The sizes of numbered weights, from 0 to the last before a gap; `{}` in the pattern is the number."""
        count = next(n for n in range(len(self.weights) + 1) if pattern.format(n) not in self.weights)
        return [self.shape(pattern.format(n), dimensions) for n in range(count)]


def read_published(path: str | Path) -> Published:
    """Read a pre-trained or a fine-tuned checkpoint.

    Raises:
        SegmentationError: the file is missing, damaged, or asks for a class that could run code.
        InputError: it holds another architecture, or weights that are no numbers.
    """
    path = Path(path)
    content = read_checkpoint(path)
    model = {_FINE_TUNED.sub("", name): value for name, value in _model(content, path).items()}
    return as_published(model, read_settings(content), path)


def as_published(model: Mapping[str, Any], settings: Settings, path: Path) -> Published:
    """An encoder out of weights by fairseq's names.

    Args:
        model: the weights, without the prefix of a model around the encoder.
        settings: what is known of it otherwise.
        path: the file they come from, for errors.

    Raises:
        InputError: it is another architecture, or has weights that are no numbers.
    """
    names = {name: transformers_name(name) for name in model}
    unknown = [name for name, ours in names.items() if ours is None]
    weights = {ours: model[name].float() for name, ours in names.items() if ours is not None}
    strange = [name for name in unknown if computes_frames(name)]
    missing = [name for name in _NEEDED if name not in weights]
    if strange or missing:
        raise other_architecture(mismatches({"lacks": missing, "has": strange or unknown}), path)
    _check_finite(weights, path)
    left_out = dict.fromkeys(_module(name) for name in unknown)
    return Published(path, weights, settings, tuple(left_out))


def mismatches(names: Mapping[str, Iterable[str]], most: int = 4) -> str:
    """`lacks a, b and 3 more; has c`, of what there is."""
    return "; ".join(f"{verb} {_listed(list(found), most)}" for verb, found in names.items() if found)


def other_architecture(fault: str, path: Path) -> InputError:
    """The refusal of a file that holds something else."""
    return InputError(fault, where=path, remedy=REMEDY)


def _model(content: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Its tensors, and data2vec's teacher, a dictionary among them."""
    model = content.get("model")
    if not isinstance(model, Mapping):
        raise other_architecture(f"holds {_listed(list(map(str, content)), 8)}; expected model", path)
    return {str(name): value for name, value in model.items()}


def _check_finite(weights: Mapping[str, Tensor], path: Path) -> None:
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            raise InputError(f"{name} is not finite", where=path, remedy="fetch the file again")


def _module(name: str) -> str:
    """`quantizer` of `quantizer.vars`, `decoder.layers` of `decoder.layers.0.fc1.bias`."""
    return ".".join(name.split(".")[:-1][:2]) or name


def _listed(names: list[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) or "nothing") + more
