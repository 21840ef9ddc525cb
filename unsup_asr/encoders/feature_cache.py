"""Features of a frozen encoder, kept on disk: computed once, by several processes if need be.

What the folder and the features in it are called, `feature_keys` says; how they lie there, `feature_shards`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from unsup_asr.encoders.feature_keys import STORED_AS, audio_key, features_key
from unsup_asr.encoders.feature_shards import open_shard, read_index, shard_names, write_shard, writer
from unsup_asr.errors import InputError

__all__ = ["STORED_AS", "FeatureCache", "audio_key", "features_key"]

SHARD_BYTES = 256 * 2**20


class FeatureCache:
    """Features by key, in one folder.

    Args:
        folder: where; made if it is not there.
        dtype: what features are stored in and come back in.
    """

    def __init__(self, folder: str | Path, dtype: torch.dtype = STORED_AS) -> None:
        self.folder, self.dtype = Path(folder), dtype
        self.folder.mkdir(parents=True, exist_ok=True)
        self._shard_of: dict[str, str] = {}
        self._indexed: set[str] = set()
        self._open: dict[str, Any] = {}

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Those of the keys that have no features yet, each once, in their order.

        Raises:
            InputError: a shard is truncated or gone.
        """
        self._refresh()
        return [key for key in dict.fromkeys(keys) if key not in self._shard_of]

    def read(self, keys: Iterable[str]) -> list[Tensor]:
        """The features of keys, in their order, as views of the files: not to be written to.

        Raises:
            InputError: a key has no features, or a shard is damaged.
        """
        wanted = list(keys)
        if not self._shard_of.keys() >= set(wanted) and (missing := self.missing(wanted)):
            fault = f"holds no features of {len(missing)} recordings, the first {missing[0]!r}"
            raise InputError(fault, where=self.folder, remedy="write them first")
        return [self._shard(self._shard_of[key]).get_tensor(key) for key in wanted]

    def write(self, features: Iterable[tuple[str, Tensor]]) -> None:
        """Store features by key, shard by shard as they come: what is killed loses its last shard alone.

        Raises:
            InputError: a feature holds a value that is not finite or beyond the range of `dtype`.
        """
        with writer(self.folder) as name:
            shard: dict[str, Tensor] = {}
            size = count = 0
            for key, feature in features:
                shard[key] = self._storable(key, feature)
                size += shard[key].nbytes
                if size >= SHARD_BYTES:
                    write_shard(self.folder, f"{name}-{count:05d}", shard)
                    shard, size, count = {}, 0, count + 1
            if shard:
                write_shard(self.folder, f"{name}-{count:05d}", shard)

    def _storable(self, key: str, feature: Tensor) -> Tensor:
        # A copy: what is cut from one batch would keep all of it, and a file takes no tensors that share memory.
        stored = feature.detach().to("cpu", self.dtype, copy=True, memory_format=torch.contiguous_format)
        if not stored.isfinite().all():
            largest = float(feature.abs().max())
            raise InputError(
                f"features reach {largest:g}, {self.dtype} holds {torch.finfo(self.dtype).max:g}",
                where=key,
                remedy="store them in torch.float32, or leave the recording out if they are not finite",
            )
        return stored

    def _refresh(self) -> None:
        """Read the indices that have come since."""
        for name in shard_names(self.folder):
            if name not in self._indexed:
                self._shard_of |= dict.fromkeys(read_index(self.folder, name).keys, name)
                self._indexed.add(name)

    def _shard(self, name: str) -> Any:
        if name not in self._open:
            self._open[name] = open_shard(self.folder, name)
        return self._open[name]
