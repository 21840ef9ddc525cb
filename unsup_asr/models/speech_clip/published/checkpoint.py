"""A published checkpoint of SpeechCLIP or SpeechCLIP+, read without running what it may carry.

It holds everything: HuBERT, CLIP, and what was trained between them, with the configuration.
"""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from segmenters.checkpoints import read_checkpoint
from unsup_asr.encoders.fairseq.checkpoint import mismatches
from unsup_asr.errors import InputError

HUBERT, LAYERS = "audio_encoder.encoder.", "audio_encoder.weightedsum_layer.weights"
CLIP, ALL_TOKENS = "clip.model.", "clip.original_text_emb_weight"
CASCADED, PARALLEL = "cascaded_branch.", "parallel_branch."
TEMPERATURE = "criterion.temperature"

# Met with again: the cascaded branch holds the same CLIP, the loss holds identity matrices.
_REPEATED = (f"{CASCADED}clip.", "criterion.")
_PARTS = (HUBERT, LAYERS, CLIP, ALL_TOKENS, CASCADED, PARALLEL)

_Kind = TypeVar("_Kind")


@dataclass(frozen=True)
class Published:
    """A checkpoint as it was published.

    Attributes:
        path: the file.
        weights: by their published names, floating-point ones in single precision; no weight twice.
        settings: its configuration; empty where the file has none.
    """

    path: Path
    weights: dict[str, Tensor]
    settings: Namespace

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The weights under a prefix, named without it."""
        return {
            name.removeprefix(prefix): weight
            for name, weight in self.weights.items()
            if name.startswith(prefix)
        }

    def said(self, name: str, kind: type[_Kind]) -> _Kind | None:
        """A setting by its dotted name, or None where there is none of that kind."""
        value: Any = self.settings
        for part in name.split("."):
            value = getattr(value, part, None)
        return value if isinstance(value, kind) else None


def read_published(path: str | Path) -> Published:
    """Read a `.ckpt` that pytorch-lightning wrote.

    Raises:
        SegmentationError: the file is missing, damaged, or asks for a class that could run code.
        InputError: it is no SpeechCLIP, or has weights that are no numbers.
    """
    path = Path(path)
    content = read_checkpoint(path)
    state = content.get("state_dict")
    if not isinstance(state, Mapping):
        listed = ", ".join(map(str, list(content)[:8])) or "nothing"
        raise other_architecture(f"holds {listed}; expected state_dict", path)
    weights = {
        str(name): value.float() if value.is_floating_point() else value
        for name, value in state.items()
        if torch.is_tensor(value) and (name == TEMPERATURE or not name.startswith(_REPEATED))
    }
    _check(weights, path)
    parameters = content.get("hyper_parameters")
    settings = parameters.get("config") if isinstance(parameters, Mapping) else None
    return Published(path, weights, settings if isinstance(settings, Namespace) else Namespace())


def other_architecture(fault: str, path: Path) -> InputError:
    """The refusal of a file that holds something else."""
    return InputError(fault, where=path, remedy="give a checkpoint of SpeechCLIP or SpeechCLIP+")


def _check(weights: Mapping[str, Tensor], path: Path) -> None:
    lacking = [
        f"{part}*" if part.endswith(".") else part
        for part in (LAYERS, HUBERT, CLIP)
        if not any(name.startswith(part) for name in weights)
    ]
    if not any(name.startswith((CASCADED, PARALLEL)) for name in weights):
        lacking.append(f"{CASCADED}* and {PARALLEL}*")
    strange = [name for name in weights if name != TEMPERATURE and not name.startswith(_PARTS)]
    if fault := mismatches({"lacks": lacking, "has": strange}):
        raise other_architecture(fault, path)
    for name, weight in weights.items():
        if weight.is_floating_point() and not weight.isfinite().all():
            raise InputError(f"{name} is not finite", where=path, remedy="fetch the file again")
