"""Shards of features on disk, safe against writers beside each other and a crash at any moment.

A folder holds shards `NAME.safetensors` (a tensor a key) and beside each its index `NAME.json`, written after it:
a shard without an index does not count. Every writer has names of its own and a lock that goes with its process;
what a dead one left behind is removed by the next.
"""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from unsup_asr.errors import InputError
from unsup_asr.files import read_json, replacing, write_json

_SHARD, _INDEX, _LOCK = ".safetensors", ".json", ".lock"


@dataclass(frozen=True, slots=True)
class ShardIndex:
    """What a shard holds.

    Attributes:
        bytes: its size, which a truncated one falls short of.
        keys: the names of its tensors.
    """

    bytes: int
    keys: list[str]


def shard_names(folder: Path) -> list[str]:
    """The shards that count."""
    return [path.stem for path in folder.glob(f"*{_INDEX}")]


def read_index(folder: Path, name: str) -> ShardIndex:
    """The index of a shard.

    Raises:
        InputError: the index is damaged, or the shard truncated or gone.
    """
    shard, path = folder / f"{name}{_SHARD}", folder / f"{name}{_INDEX}"
    try:
        index = ShardIndex(**read_json(path))
    except (ValueError, TypeError) as error:
        raise _damaged(path, f"is no index: {error}") from error
    size = shard.stat().st_size if shard.exists() else 0
    if size != index.bytes:
        raise _damaged(shard, f"has {size:,} bytes of {index.bytes:,}")
    return index


def open_shard(folder: Path, name: str) -> Any:
    """A shard, mapped into memory; `get_tensor(key)` is a view of it.

    Raises:
        InputError: it is damaged.
    """
    path = folder / f"{name}{_SHARD}"
    try:
        return safe_open(path, framework="pt").__enter__()
    except (OSError, SafetensorError) as error:
        raise _damaged(path, f"cannot be read: {error}") from error


def write_shard(folder: Path, name: str, tensors: Mapping[str, Tensor]) -> None:
    """First the shard, then the index that makes it count."""
    path = folder / f"{name}{_SHARD}"
    with replacing(path) as temporary:
        save_file(dict(tensors), temporary)
    index = ShardIndex(path.stat().st_size, list(tensors))
    write_json(folder / f"{name}{_INDEX}", asdict(index))


@contextmanager
def writer(folder: Path) -> Iterator[str]:
    """A beginning of names that no other writer has, and the lock that says this one is at work."""
    _tidy(folder)
    name = uuid4().hex
    path = folder / f"{name}{_LOCK}"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield name
        # Not after an error: the next writer then sees what is left half done.
        path.unlink(missing_ok=True)


def _tidy(folder: Path) -> None:
    """Remove what writers left that were killed: shards without an index, and files half written."""
    for lock in folder.glob(f"*{_LOCK}"):
        # Gone: its writer has just ended. Held: it is at work.
        with suppress(FileNotFoundError, BlockingIOError), lock.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for path in folder.glob(f".{lock.stem}-*"):
                path.unlink(missing_ok=True)
            for path in folder.glob(f"{lock.stem}-*{_SHARD}"):
                if not path.with_suffix(_INDEX).exists():
                    path.unlink(missing_ok=True)
            lock.unlink(missing_ok=True)


def _damaged(path: Path, fault: str) -> InputError:
    pair = " and ".join(path.with_suffix(suffix).name for suffix in (_SHARD, _INDEX))
    return InputError(fault, where=path, remedy=f"delete {pair}; their features are then computed again")
