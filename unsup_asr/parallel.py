"""Several processes that train one model together, as torchrun starts them; in one, all of this does nothing.

Every process has the whole model and its share of each batch. Losses that compare utterances with each other, and
statistics over a batch, see the whole of it; gradients are averaged. So many processes learn what one would.

    torchrun --nproc_per_node 4 -m unsup_asr.cli.main run RECIPE device=cuda
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

import torch
from torch import Tensor, distributed, nn
from torch.distributed.nn.functional import all_gather, all_reduce

from unsup_asr.errors import UsageError

# A process may wait for another that makes a corpus, or trains a CLIP.
_PATIENCE = timedelta(hours=12)
_ALONE = ContextVar("alone", default=False)


@contextmanager
def joined(device: str) -> Iterator[str]:
    """Inside, this process belongs to those that torchrun has started, if it has; yields its own device.

    Args:
        device: as configured; `cuda` becomes the GPU of this process's number on its machine.
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield device
        return
    on_gpu = device.startswith("cuda")
    if on_gpu:
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=_PATIENCE)
    try:
        yield device
    finally:
        distributed.destroy_process_group()


@contextmanager
def alone() -> Iterator[None]:
    """Inside, this process works for itself, on what the others wait for, such as a model for the cache."""
    before = _ALONE.set(True)
    try:
        yield
    finally:
        _ALONE.reset(before)


def size() -> int:
    """How many processes there are."""
    return distributed.get_world_size() if _together() else 1


def is_first() -> bool:
    """Whether this process is the one that writes what all have in common."""
    return not _together() or distributed.get_rank() == 0


def wait() -> None:
    """Go on when all have come here."""
    if _together():
        distributed.barrier()


def own_share(rows: Tensor) -> Tensor:
    """This process's share of a batch [B].

    Raises:
        UsageError: the batch does not divide among the processes.
    """
    count = size()
    if len(rows) % count:
        fault = f"a batch of {len(rows)} does not divide among {count} processes"
        raise UsageError(fault, where="batch", remedy=f"make it a multiple of {count}")
    return rows[distributed.get_rank() :: count] if count > 1 else rows


def gathered(rows: Tensor) -> Tensor:
    """The rows [B, …] of all processes in the order of their ranks; those given where there is one process.

    Every process must give equally many. Gradients go back to the process that a row came from, summed over the
    processes' losses: averaged over processes, they are those of one process with the whole batch.
    """
    return torch.cat(list(all_gather(rows.contiguous()))) if _together() else rows


def gathered_padded(rows: Tensor) -> Tensor:
    """As `gathered`, of rows [B, T, …] whose T may differ between processes: zeros are put behind."""
    if not _together():
        return rows
    longest = torch.tensor(rows.shape[1], device=rows.device)
    distributed.all_reduce(longest, distributed.ReduceOp.MAX)
    padded = rows.new_zeros(len(rows), int(longest), *rows.shape[2:])
    padded[:, : rows.shape[1]] = rows
    return gathered(padded)


def summed(values: Tensor) -> Tensor:
    """The sum over processes, gradients passing through; the values themselves where there is one process."""
    return all_reduce(values) if _together() else values


def average_gradients(modules: Iterable[nn.Module]) -> None:
    """Give every process the mean of all processes' gradients."""
    if not _together():
        return
    for module in modules:
        for parameter in module.parameters():
            if parameter.grad is not None:
                distributed.all_reduce(parameter.grad)
                parameter.grad /= size()


def _together() -> bool:
    return distributed.is_available() and distributed.is_initialized() and not _ALONE.get()
