"""Speech models by hub name or folder, and what to do where one is not to be had."""

from pathlib import Path
from typing import Any

from unsup_asr.errors import InputError

_FILES = "config.json, model.safetensors (or pytorch_model.bin) and preprocessor_config.json"


def load_from_hub(name: str) -> tuple[Any, Any]:
    """A speech model of transformers in float32, and its feature extractor.

    Args:
        name: a name on the Hugging Face hub, or a folder.

    Raises:
        InputError: it cannot be found or read.
    """
    import torch
    from transformers import AutoFeatureExtractor, AutoModel

    try:
        model = AutoModel.from_pretrained(name, dtype=torch.float32)
        return model, AutoFeatureExtractor.from_pretrained(name)
    except (OSError, ValueError) as error:
        reason = str(error).strip().split("\n")[0]
        raise InputError(
            f"no speech encoder can be loaded from {name!r}: {reason}", where="encoder", remedy=_remedy(name)
        ) from error


def _remedy(name: str) -> str:
    """Where the files of a model have to lie."""
    from huggingface_hub.constants import HF_HUB_CACHE

    if Path(name).is_dir() or name.count("/") != 1:
        return f"give a folder with {_FILES}, or a name on the hub such as facebook/hubert-base-ls960"
    cached = Path(HF_HUB_CACHE) / f"models--{name.replace('/', '--')}"
    return (
        f"the hub needs the network the first time; without it, put {_FILES} into a folder and give that folder,"
        f" or copy the folder {cached} from a machine that has loaded it"
    )
