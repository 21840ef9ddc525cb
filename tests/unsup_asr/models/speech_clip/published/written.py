"""Checkpoints as pytorch-lightning wrote them for the published models, their classes and all.

golden/KIND.safetensors holds what `real_models.py` had the published code make of drawn weights.
"""

import json
import sys
import types
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from tests.unsup_asr.models.speech_clip.published.drawn import drawn, is_drawn

GOLDEN = Path(__file__).parent / "golden"
KINDS = sorted(path.stem for path in GOLDEN.glob("*.safetensors"))
# What the loss of a model has learned, where it learns: the logarithm of 1 / 0.05.
LEARNED = torch.tensor(20.0).log()


@dataclass(frozen=True, eq=False)
class Golden:
    """What the published code made: outputs by name, and what its checkpoint holds."""

    outputs: dict[str, Tensor]
    config: dict[str, Any]
    shapes: dict[str, list[int]]


@cache
def golden(kind: str) -> Golden:
    """Read a file of `golden`."""
    with safe_open(GOLDEN / f"{kind}.safetensors", framework="pt") as file:
        outputs = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    return Golden(outputs, json.loads(metadata["config"]), json.loads(metadata["shapes"]))


@cache
def _state_dict(case: Golden) -> "OrderedDict[str, Tensor]":
    """The weights of its checkpoint; those met with twice are one tensor there, too."""
    ids = case.outputs["ids"].numpy()
    made: OrderedDict[str, Tensor] = OrderedDict()
    for name, shape in case.shapes.items():
        twin = name.replace("cascaded_branch.clip.", "clip.")
        if twin in made:
            made[name] = made[twin]
        elif is_drawn(name):
            weight = torch.from_numpy(drawn(name, tuple(shape), ids))
            made[name] = weight.long() if name.endswith("num_batches_tracked") else weight
        else:
            made[name] = _kept(name, shape)
    return made


def _kept(name: str, shape: list[int]) -> Tensor:
    if name == "criterion.temperature":
        return LEARNED.clone()
    if "eye" in name:
        return torch.eye(shape[0])
    return torch.full(shape, 0.1 if name.endswith("curr_temp") else 2.0)


class _OrderedNamespace:
    """Pickles as the published one: a state, an ordered dictionary with its like inside."""

    def __init__(self, values: dict[str, Any]) -> None:
        inside = {name: _namespaces(value) for name, value in values.items()}
        self._odict: OrderedDict[str, Any] = OrderedDict(inside)

    def __getstate__(self) -> "OrderedDict[str, Any]":
        return self._odict


class _WandbLogger:
    """Holds a function, as the real one does."""

    def __init__(self) -> None:
        self._agg_default_func = np.mean
        self._project = "speech"


# What they go by in a file.
_PUBLISHED = {
    _OrderedNamespace: ("avssl.base.ordered_namespace", "OrderedNamespace"),
    _WandbLogger: ("pytorch_lightning.loggers.wandb", "WandbLogger"),
}
for _cls, (_module, _name) in _PUBLISHED.items():
    _cls.__module__, _cls.__qualname__ = _module, _name


def _namespaces(value: Any) -> Any:
    return _OrderedNamespace(value) if isinstance(value, dict) else value


def content(case: Golden, **settings: Any) -> dict[str, Any]:
    """The top-level dictionary of a checkpoint; other settings may be given."""
    config = _OrderedNamespace({**case.config, "logger": _WandbLogger(), "gpus": 2, **settings})
    return {
        "epoch": 131,
        "global_step": 15443,
        "pytorch-lightning_version": "1.5.10",
        "state_dict": OrderedDict(_state_dict(case)),
        "callbacks": {"ModelCheckpoint{'monitor': 'val'}": {"best_model_score": torch.tensor(36.01)}},
        "optimizer_states": [{"state": {0: {"step": 3}}, "param_groups": [{"lr": 1e-4}]}],
        "hparams_name": "kwargs",
        "hyper_parameters": {"config": config},
    }


def quantised(**arguments: Any) -> dict[str, Any]:
    """The `model_settings` of the cascaded model with another quantiser."""
    settings = golden("cascaded").config["model_settings"]
    return {**settings, "cascaded_branch": {**settings["cascaded_branch"], "vq": {"args": arguments}}}


def write(path: Path, content: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Save, the classes going by their published names."""
    for cls, (module, name) in _PUBLISHED.items():
        parts = module.split(".")
        for depth in range(1, len(parts) + 1):
            package = ".".join(parts[:depth])
            monkeypatch.setitem(sys.modules, package, types.ModuleType(package))
        setattr(sys.modules[module], name, cls)
    torch.save(content, path)
    return path
