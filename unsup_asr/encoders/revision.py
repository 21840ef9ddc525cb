"""What identifies the weights of a model."""

import json
from hashlib import blake2b
from typing import Any

import torch

# What a configuration says about where it lies and who wrote it, not about the model.
_INCIDENTAL = ("_name_or_path", "transformers_version")


def weights_revision(model: Any, **settings: Any) -> str:
    """A hash of a transformers model's weights and configuration, the same wherever it was loaded from.

    Args:
        model: the model.
        settings: what else decides about its output.
    """
    digest = blake2b(digest_size=16)
    config = {name: value for name, value in model.config.to_diff_dict().items() if name not in _INCIDENTAL}
    digest.update(json.dumps([config, settings], sort_keys=True, default=str).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        content = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        digest.update(memoryview(content.numpy()))
    return digest.hexdigest()
