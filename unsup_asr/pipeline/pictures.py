"""The embeddings of the pictures of a split, by CLIP or another encoder."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import torch
from PIL.Image import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from unsup_asr.data.images import read_image
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError
from unsup_asr.pipeline.setting_aside import attempt
from unsup_asr.progress import progress

# Pictures that are seen at once.
_PICTURES = 64


class PictureEncoder(Protocol):
    """Sees pictures."""

    def encode_images(self, images: Iterable[Image]) -> Tensor:
        """Unit embeddings [N, E]."""
        ...


@dataclass(frozen=True)
class PictureEmbedder:
    """Embeds pictures, or looks their embeddings up.

    Attributes:
        encoder: what sees them.
        file: embeddings by `image_id` that stand in for picture files, if there are such.
    """

    encoder: PictureEncoder
    file: Path | None

    def embed(self, split: str, utterances: Sequence[Utterance]) -> dict[str, Tensor | str]:
        """The embedding [E] of every picture by its key, each but once, or why there is none."""
        described = {utterance.picture: utterance for utterance in utterances}
        if self.file is not None:
            return _look_up(described, self.file)
        embeddings: dict[str, Tensor | str] = {}
        pictures = list(described.items())
        with progress(f"seeing ({split})", len(described)) as report, ThreadPoolExecutor(2) as threads:
            for first in range(0, len(pictures), _PICTURES):
                batch = pictures[first : first + _PICTURES]
                images = list(threads.map(partial(attempt, _picture), [utterance for _, utterance in batch]))
                whole = [image for image in images if not isinstance(image, str)]
                rows = iter(self.encoder.encode_images(whole).cpu() if whole else ())
                for (key, _), image in zip(batch, images, strict=True):
                    embeddings[key] = image if isinstance(image, str) else next(rows)
                report(len(embeddings))
        return embeddings


def _picture(utterance: Utterance) -> Image:
    if utterance.image_filepath is None:
        raise InputError(
            "has no picture", where=utterance.id, remedy="give image_filepath, or data.embeddings=FILE"
        )
    return read_image(utterance.image_filepath)


def _look_up(described: Mapping[str, Utterance], file: Path) -> dict[str, Tensor | str]:
    """Embeddings by `image_id` from a safetensors file, brought to unit length."""
    try:
        table = load_file(file)
    except (SafetensorError, OSError) as error:
        raise InputError(f"cannot be read: {error}", where=file, remedy="correct data.embeddings") from error
    return {key: _unit(table.get(key), f"{file}: {key}") for key in described}


def _unit(embedding: Tensor | None, where: str) -> Tensor | str:
    """An embedding at unit length, or why it cannot be used."""
    if embedding is None:
        return f"{where}: no such image_id (add it, or correct the manifest)"
    if not torch.isfinite(embedding).all():
        return f"{where}: the embedding is not finite (compute it again, or leave the picture out)"
    return functional.normalize(embedding.float(), dim=-1)
