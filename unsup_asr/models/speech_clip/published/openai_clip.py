"""OpenAI's CLIP out of a checkpoint, in open_clip's `local-dir:` form."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from unsup_asr.encoders.clip_files import CONFIG_FILE, WEIGHTS_FILE
from unsup_asr.encoders.fairseq.checkpoint import mismatches
from unsup_asr.files import replacing, write_json
from unsup_asr.models.speech_clip.published.checkpoint import CLIP, Published, other_architecture
from unsup_asr.models.speech_clip.published.tokens import all_token_embeddings

_TABLE = "token_embedding.weight"
_HEAD_CHANNELS = 64  # in both towers of every CLIP that OpenAI published
# What the sizes are read off, and dimensions.
_NEEDED = {
    "visual.conv1.weight": 4,
    "visual.positional_embedding": 2,
    "positional_embedding": 2,
    "text_projection": 2,
    _TABLE: 2,
}


@dataclass(frozen=True)
class OpenAiClip:
    """A CLIP with a vision transformer.

    Attributes:
        sizes: as open_clip's `model_cfg`.
        weights: by open_clip's names, which are OpenAI's.
    """

    sizes: dict[str, Any]
    weights: dict[str, Tensor]

    @property
    def width(self) -> int:
        """Width of the joint space."""
        return int(self.sizes["embed_dim"])

    @property
    def room(self) -> int:
        """Most tokens between SOT and EOT."""
        return int(self.sizes["text_cfg"]["context_length"]) - 2

    def save(self, folder: str | Path) -> None:
        """Write `open_clip_config.json` and `open_clip_model.safetensors`."""
        from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD

        colours = {"mean": list(OPENAI_DATASET_MEAN), "std": list(OPENAI_DATASET_STD)}
        pictures = {**colours, "interpolation": "bicubic", "resize_mode": "shortest"}
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / WEIGHTS_FILE) as temporary:
            save_file(self.weights, temporary, metadata={"format": "pt"})
        write_json(folder / CONFIG_FILE, {"model_cfg": self.sizes, "preprocess_cfg": pictures})


def openai_clip(published: Published) -> OpenAiClip:
    """The CLIP of a checkpoint, with all its tokens again.

    Raises:
        InputError: it is another architecture; its first mismatched keys are named.
    """
    import torch
    from open_clip.model import CLIP as OpenClip

    weights = published.part(CLIP) | {_TABLE: all_token_embeddings(published)}
    missing = [
        f"{CLIP}{name}" for name, n in _NEEDED.items() if name not in weights or weights[name].dim() != n
    ]
    if missing:
        raise other_architecture(mismatches({"lacks": missing}), published.path)
    sizes = _sizes(weights)
    for tower in ("vision_cfg", "text_cfg"):
        if (width := sizes[tower]["width"]) % _HEAD_CHANNELS:
            fault = (
                f"a tower of CLIP has {width} channels, which do not divide into heads of {_HEAD_CHANNELS}"
            )
            raise other_architecture(fault, published.path)
    with torch.device("meta"):
        expected = OpenClip(**sizes).state_dict()
    if fault := mismatches(_differences(expected, weights)):
        raise other_architecture(fault, published.path)
    return OpenAiClip(sizes, {name: weights[name].contiguous() for name in expected})


def _sizes(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    context, text_width = weights["positional_embedding"].shape
    width, _, _, patch = weights["visual.conv1.weight"].shape
    grid = math.isqrt(len(weights["visual.positional_embedding"]) - 1)
    vision = {"image_size": patch * grid, "patch_size": patch, "width": width, "head_width": _HEAD_CHANNELS}
    text = {
        "context_length": context,
        "vocab_size": len(weights[_TABLE]),
        "width": text_width,
        "heads": text_width // _HEAD_CHANNELS,
    }
    return {
        "embed_dim": weights["text_projection"].shape[1],
        "quick_gelu": True,  # all of OpenAI's weights were trained with it
        "vision_cfg": vision | {"layers": _layers(weights, "visual.transformer.resblocks.{}.ln_1.weight")},
        "text_cfg": text | {"layers": _layers(weights, "transformer.resblocks.{}.ln_1.weight")},
    }


def _layers(weights: Mapping[str, Tensor], pattern: str) -> int:
    return next(n for n in range(len(weights) + 1) if pattern.format(n) not in weights)


def _differences(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> dict[str, list[str]]:
    return {
        "lacks": [f"{CLIP}{name}" for name in expected if name not in found],
        "has": [f"{CLIP}{name}" for name in found if name not in expected],
        "differs in": [
            f"{CLIP}{name} {tuple(found[name].shape)}, expected {tuple(tensor.shape)}"
            for name, tensor in expected.items()
            if name in found and found[name].shape != tensor.shape
        ],
    }
