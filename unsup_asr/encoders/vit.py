"""A vision transformer of transformers (DINO and its like): a picture is what its CLS token leaves with."""

from collections.abc import Iterable
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from unsup_asr.errors import InputError


class Vit:
    """Pictures to unit embeddings.

    Args:
        model: a vision transformer of transformers.
        processor: prepares pictures as it wants them.
    """

    def __init__(self, model: nn.Module, processor: Any) -> None:
        self.model, self.processor = model.eval().requires_grad_(False), processor

    @classmethod
    def load(cls, name: str, device: str = "cpu") -> "Vit":
        """Load a model by hub name, or from a folder that its `save_pretrained` wrote.

        Raises:
            InputError: it cannot be found or read, or looks at no pictures.
        """
        from transformers import AutoImageProcessor, AutoModel

        try:
            model, processor = AutoModel.from_pretrained(name), AutoImageProcessor.from_pretrained(name)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            fault = f"no vision transformer can be loaded: {' '.join(str(error).split())[:300]}"
            remedy = "give a folder with model, config.json and preprocessor_config.json, or a hub name"
            raise InputError(fault, where=name, remedy=remedy) from error
        if not hasattr(model.config, "patch_size"):
            fault = f"{type(model).__name__} is no vision transformer"
            raise InputError(fault, where=name, remedy="take DINO, ViT or the like")
        return cls(model.to(device), processor)

    @torch.no_grad()
    def encode_images(self, images: Iterable[Image.Image], batch_size: int = 64) -> Tensor:
        """Unit embeddings [N, E]."""
        pictures, device = list(images), next(self.model.parameters()).device
        rows = []
        for first in range(0, len(pictures), batch_size):
            pixels = self.processor(pictures[first : first + batch_size], return_tensors="pt")["pixel_values"]
            rows.append(self.model(pixels.to(device)).last_hidden_state[:, 0])
        return functional.normalize(torch.cat(rows), dim=-1)
