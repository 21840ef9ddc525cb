"""The embeddings of the pictures of a split, by CLIP or another encoder; a picture is seen but once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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

from unsup_asr.corpora.cache import cache_folder, fingerprint
from unsup_asr.data.images import read_image
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError
from unsup_asr.pipeline.picture_cache import PictureCache, content_key
from unsup_asr.pipeline.setting_aside import attempt
from unsup_asr.progress import progress

# Pictures that are seen at once, and that are kept at once: a crash may cost as many.
_PICTURES, _SHARD = 64, 1024


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
        key: tells the encoder from every other; without one, embeddings are not kept for other runs.
    """

    encoder: PictureEncoder
    file: Path | None
    key: str | None = None

    def embed(self, split: str, utterances: Sequence[Utterance]) -> dict[str, Tensor | str]:
        """The embedding [E] of every picture by its key, each but once, or why there is none."""
        described = {utterance.picture: utterance for utterance in utterances}
        if self.file is not None:
            return _look_up(described, self.file)
        contents = {} if self.key is None else _contents(described)
        cache = PictureCache(cache_folder() / "picture_embeddings" / fingerprint(self.key))
        known = cache.read(contents.values())
        seen: dict[str, Tensor | str] = {key: known[c] for key, c in contents.items() if c in known}
        new: dict[str, Tensor] = {}
        for key, row in self._see(split, {key: u for key, u in described.items() if key not in seen}):
            seen[key] = row
            if isinstance(row, Tensor) and key in contents:
                new[contents[key]] = row
            if len(new) == _SHARD:
                cache.add(new)
                new = {}
        cache.add(new)
        return {key: seen[key] for key in described}

    def _see(self, split: str, described: Mapping[str, Utterance]) -> Iterator[tuple[str, Tensor | str]]:
        """Each picture's key, and its embedding or why there is none."""
        pictures = list(described.items())
        with progress(f"seeing ({split})", len(pictures)) as report, ThreadPoolExecutor(2) as threads:
            for first in range(0, len(pictures), _PICTURES):
                batch = pictures[first : first + _PICTURES]
                images = list(threads.map(partial(attempt, _picture), [utterance for _, utterance in batch]))
                whole = [image for image in images if not isinstance(image, str)]
                rows = iter(self.encoder.encode_images(whole).cpu() if whole else ())
                for (key, _), image in zip(batch, images, strict=True):
                    yield key, image if isinstance(image, str) else next(rows)
                report(first + len(batch))


def _contents(described: Mapping[str, Utterance]) -> dict[str, str]:
    """The content of every picture file that can be read, by the picture's key."""
    paths = {key: u.image_filepath for key, u in described.items() if u.image_filepath is not None}
    files = {key: path for key, path in paths.items() if path.is_file()}
    with ThreadPoolExecutor(2) as threads:
        return dict(zip(files, threads.map(content_key, files.values()), strict=True))


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
