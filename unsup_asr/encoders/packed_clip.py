"""A miniature CLIP as a small file: half precision, and only the token rows that were trained."""

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from unsup_asr.encoders.clip_files import CONFIG_FILE, WEIGHTS_FILE
from unsup_asr.files import replacing, write_text

_TABLE = "token_embedding.weight"


def pack_clip(folder: Path, ids: torch.Tensor, key: str, path: Path) -> None:
    """Pack a folder in open_clip's `local-dir:` form.

    Args:
        folder: the model.
        ids: the token rows to keep.
        key: hash of what the model was made from.
        path: the file to write.
    """
    weights = load_file(folder / WEIGHTS_FILE)
    weights[_TABLE] = weights[_TABLE][ids]
    packed = {name: value.half() if value.is_floating_point() else value for name, value in weights.items()}
    metadata = {"key": key, "config": (folder / CONFIG_FILE).read_text(encoding="utf-8")}
    with replacing(path) as temporary:
        save_file({**packed, "token_ids": ids}, temporary, metadata)


def packed_key(path: Path) -> str:
    """The hash of what the packed model was made from."""
    with safe_open(path, framework="pt") as file:
        return str(file.metadata()["key"])


def unpack_clip(path: Path, folder: Path) -> None:
    """Write a packed model as a folder in open_clip's `local-dir:` form; other token rows are zero."""
    with safe_open(path, framework="pt") as file:
        config = file.metadata()["config"]
    weights = {
        name: value.float() if value.is_floating_point() else value for name, value in load_file(path).items()
    }
    ids, rows = weights.pop("token_ids"), weights[_TABLE]
    vocabulary_size = int(ids[-1]) + 1
    weights[_TABLE] = torch.zeros(vocabulary_size, rows.shape[1])
    weights[_TABLE][ids] = rows
    with replacing(folder / WEIGHTS_FILE) as temporary:
        save_file(weights, temporary)
    write_text(folder / CONFIG_FILE, config)
