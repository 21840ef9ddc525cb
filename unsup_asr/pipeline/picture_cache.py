"""Picture embeddings on disk, so that runs with another segmenter or model do not see the pictures again.

A folder holds shards, and nothing but shards: safetensors files that are written whole, never changed, and named
by what is in them. So writers need no lock: two that see the same pictures write the same file, and a crash
costs the shard that was not yet there.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from unsup_asr.errors import InputError
from unsup_asr.files import replacing

_EMBEDDINGS, _KEYS = "embeddings", "keys"


def content_key(path: Path) -> str:
    """A hash of a file's content: a copy is the same picture, and a mended file another."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


@dataclass(frozen=True)
class PictureCache:
    """The embeddings of one encoder by the content of the pictures.

    Attributes:
        folder: of that encoder alone; made when something is added.
    """

    folder: Path

    def read(self, keys: Collection[str]) -> dict[str, Tensor]:
        """The embedding [E] of each of the keys that is known.

        Raises:
            InputError: a shard is damaged.
        """
        wanted, found = set(keys), {}
        for shard in sorted(self.folder.glob("*.safetensors")):
            found.update(_read_shard(shard, wanted))
        return found

    def add(self, embeddings: Mapping[str, Tensor]) -> None:
        """Write one more shard of embeddings [E] by key; without any, none is written."""
        if not embeddings:
            return
        keys = sorted(embeddings)
        name = hashlib.sha256("".join(keys).encode()).hexdigest()[:16]
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(self.folder / f"{name}.safetensors") as temporary:
            rows = torch.stack([embeddings[key].float().cpu() for key in keys])
            save_file({_EMBEDDINGS: rows}, temporary, {_KEYS: json.dumps(keys)})


def _read_shard(path: Path, wanted: set[str]) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            places = {key: row for row, key in enumerate(json.loads(file.metadata()[_KEYS])) if key in wanted}
            rows = file.get_tensor(_EMBEDDINGS)[list(places.values())] if places else ()
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(f"is damaged: {error}", where=path, remedy="delete it; it is made anew") from error
    return dict(zip(places, rows, strict=True))
