"""Processes that write features, and may die of it."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from unsup_asr.encoders import feature_cache, feature_shards
from unsup_asr.encoders.feature_cache import FeatureCache

SMALL_SHARD = 1500


def feature(number: int) -> Tensor:
    """[2, T, 8], of which every value says which it is."""
    frames = 3 + number % 7
    return (torch.arange(2 * frames * 8).reshape(2, frames, 8) % 128 + number % 512).float()


def features(numbers: range, pause: float = 0.0) -> Iterator[tuple[str, Tensor]]:
    """Keys and features, as slow as an encoder."""
    for number in numbers:
        time.sleep(pause)
        yield str(number), feature(number)


def write(folder: Path, numbers: range, pause: float) -> None:
    """Write into many small shards."""
    feature_cache.SHARD_BYTES = SMALL_SHARD
    FeatureCache(folder).write(features(numbers, pause))


def write_and_die(folder: Path, numbers: range, step: str, call: int, after: bool) -> None:
    """The same, killed before or after the nth call of a step."""
    owners = {"save_file": feature_shards, "write_json": feature_shards, "replace": Path, "fsync": os}
    real, calls = getattr(owners[step], step), iter(range(1, 1000))

    def dying(*arguments: Any, **named: Any) -> Any:
        now = next(calls) == call
        if now and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **named)
        if now:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owners[step], step, dying)
    write(folder, numbers, 0.0)
