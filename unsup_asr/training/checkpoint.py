"""Checkpoints that hold everything: weights, optimisers, random state and place; whole or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from unsup_asr.errors import InputError
from unsup_asr.files import read_json, sync_folder

KEPT = 2
TENSORS, STATE, HASHES = "tensors.safetensors", "state.json", "hashes.json"


def save_checkpoint(
    folder: Path, step: int, modules: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer]
) -> None:
    """Write `folder/step-N` under a temporary name, sync it, rename it; the latest two are kept.

    Args:
        folder: where the checkpoints of one training live.
        step: updates done.
        modules: saved by their state dicts.
        optimisers: saved with their moments and settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".step-{step}.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    save_file(_tensors(modules, optimisers), temporary / TENSORS)
    groups = {name: optimiser.state_dict()["param_groups"] for name, optimiser in optimisers.items()}
    (temporary / STATE).write_text(json.dumps({"step": step, "param_groups": groups}))
    hashes = {name: _sha256(temporary / name) for name in (TENSORS, STATE)}
    (temporary / HASHES).write_text(json.dumps(hashes))
    for name in (TENSORS, STATE, HASHES):
        with (temporary / name).open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(temporary)
    final = folder / f"step-{step}"
    shutil.rmtree(final, ignore_errors=True)
    temporary.rename(final)
    sync_folder(folder)
    tidy_checkpoints(folder)


def tidy_checkpoints(folder: Path) -> None:
    """Drop all but the latest two, and what a crash has left half written or half dropped."""
    for leftover in (*folder.glob(".step-*.tmp"), *checkpoints(folder)[:-KEPT]):
        shutil.rmtree(leftover)


def drop_checkpoint(checkpoint: Path) -> None:
    """Remove a checkpoint, at once: what a crash leaves of it is taken for none."""
    shutil.rmtree(checkpoint.rename(checkpoint.with_name(f".{checkpoint.name}.tmp")))


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, oldest first."""
    found = [path for path in folder.glob("step-*") if path.name[5:].isdigit()]
    return sorted(found, key=lambda path: int(path.name[5:]))


def load_checkpoint(
    folder: Path, modules: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer]
) -> int:
    """Restore modules, optimisers and torch's random state in place; returns the updates done.

    Raises:
        InputError: the checkpoint is damaged or of other modules.
    """
    tensors = _restore_modules(folder, modules)
    state = read_json(folder / STATE)
    for name, optimiser in optimisers.items():
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in _below(tensors, f"optimiser/{name}/").items():
            index, _, field = key.partition("/")
            moments.setdefault(int(index), {})[field] = value
        optimiser.load_state_dict({"state": moments, "param_groups": state["param_groups"][name]})
    torch.set_rng_state(tensors["random/torch"])
    if torch.cuda.is_available() and "random/cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random/cuda"])
    return int(state["step"])


def load_modules(folder: Path, modules: Mapping[str, nn.Module]) -> None:
    """Restore modules alone from a checkpoint; raises as `load_checkpoint` does."""
    _restore_modules(folder, modules)


def _tensors(modules: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer]) -> dict[str, Tensor]:
    """Weights, moments and torch's random state, by the path that they have in the file."""
    tensors = {"random/torch": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["random/cuda"] = torch.cuda.get_rng_state()
    for name, module in modules.items():
        tensors |= {f"module/{name}/{key}": value for key, value in module.state_dict().items()}
    for name, optimiser in optimisers.items():
        for index, moments in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser/{name}/{index}/{key}": value for key, value in moments.items()}
    return {key: value.detach().cpu().contiguous() for key, value in tensors.items()}


def _restore_modules(folder: Path, modules: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Check the checkpoint, restore the modules, and return all its tensors."""
    _check_hashes(folder)
    tensors = _load_tensors(folder / TENSORS)
    for name, module in modules.items():
        _load_module(module, _below(tensors, f"module/{name}/"), folder)
    return tensors


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def _load_module(module: nn.Module, tensors: dict[str, Any], folder: Path) -> None:
    try:
        module.load_state_dict(tensors)
    except RuntimeError as error:
        raise InputError(
            f"holds other weights: {str(error).splitlines()[-1].strip()}",
            where=folder,
            remedy="start in another run folder",
        ) from error


def _load_tensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise InputError(f"cannot be read: {error}", where=path, remedy="delete this checkpoint") from error


def _check_hashes(folder: Path) -> None:
    try:
        hashes = read_json(folder / HASHES)
    except (OSError, ValueError) as error:
        fault = f"has no readable {HASHES}"
        raise InputError(fault, where=folder, remedy="delete this checkpoint") from error
    for name in (TENSORS, STATE):
        if not (folder / name).is_file() or _sha256(folder / name) != hashes.get(name):
            raise InputError(
                f"{name} is damaged: its hash differs from the one written with it",
                where=folder,
                remedy="delete this checkpoint; the one before it will be used",
            )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
