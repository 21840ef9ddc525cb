"""What segmenters have learned, on disk: a folder with the configuration (JSON) and tensors (safetensors)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from segmenters.errors import SegmentationError
from segmenters.files import replacing, write_text

_CONFIG, _TENSORS = "segmenter.json", "segmenter.safetensors"


def save_fitted(
    folder: str | Path, method: str, config: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> None:
    """Write a fitted segmenter into a folder, which is made if need be."""
    with replacing(Path(folder) / _TENSORS) as temporary:
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, temporary)
    description = json.dumps({"method": method, "config": dict(config)}, indent=2)
    write_text(Path(folder) / _CONFIG, description + "\n")


def load_fitted(folder: str | Path, method: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read the configuration and the tensors that `save_fitted` wrote.

    Raises:
        SegmentationError: a file is missing or damaged, or belongs to another method.
    """
    folder = Path(folder)
    try:
        description = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        found, config = description["method"], description["config"]
        tensors = load_file(folder / _TENSORS)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        fault = f"holds no fitted segmenter: {type(error).__name__}: {error}"
        raise SegmentationError(fault, where=folder, remedy="fit and save it again") from error
    if found != method:
        raise SegmentationError(f"holds {found}, not {method}", where=folder, remedy="load it as what it is")
    return config, tensors
