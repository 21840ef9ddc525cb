"""What a training will take, measured before it begins: weights, optimiser, a batch, features."""

import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from unsup_asr.training.gradient_cache import buffers_kept
from unsup_asr.training.loop import Learner
from unsup_asr.training.precision import full_precision, lowered

# Utterances of the two batches that are tried: enough that a batch, not the weights, decides what is needed.
_FEW, _MORE = 4, 8
# Adam keeps two moments of every weight that learns.
_MOMENTS = 2


class Measurable(Learner, Protocol):
    """A task whose loss can be had without learning."""

    def weighted(self, rows: Tensor) -> Tensor:
        """The loss of the utterances of the given rows [B]."""
        ...


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes that a training takes.

    Attributes:
        weights: of what learns and what is frozen.
        optimiser: its moments.
        batch: what forward and backward pass of all that is learned at once take at their peak.
        features: of speech and pictures that are held.
        on_disk: of features that are read from disk as they are needed.
    """

    weights: int
    optimiser: int
    batch: int
    features: int
    on_disk: int

    @property
    def held(self) -> int:
        """In memory at once; libraries come on top."""
        return self.weights + self.optimiser + self.batch + self.features

    def __str__(self) -> str:
        listed = ", ".join(
            f"{name} {_shown(getattr(self, name))}" for name in ("weights", "optimiser", "batch", "features")
        )
        disk = f"; {_shown(self.on_disk)} of features on disk" if self.on_disk else ""
        return f"{_shown(self.held)} of memory ({listed}){disk}"


def estimate_memory(
    task: Measurable,
    row: int,
    at_once: int,
    precision: str,
    frozen: Sequence[nn.Module] = (),
    features: int = 0,
    on_disk: int = 0,
) -> MemoryEstimate:
    """Measure a task on two small batches; it is afterwards what it was, and so is torch's random state.

    What a batch takes grows with its utterances in a straight line but for the similarities of its pairs, which
    are left out: 24 bytes a pair or so, 1.4 MB for 240 utterances and 100 MB for 2,000.

    Args:
        task: what will learn.
        row: an utterance that the others of a batch are as long as; the longest, to be on the safe side.
        at_once: utterances that are learned from at once.
        precision: what networks compute in.
        frozen: modules that do not learn but are held.
        features: bytes of features that are held.
        on_disk: bytes of features that are not.
    """
    modules = list(task.modules.values())
    learned = [p for module in modules for p in module.parameters() if p.requires_grad]
    devices = {p.device for p in learned if p.is_cuda}
    with torch.random.fork_rng(devices), buffers_kept(modules), lowered(precision, modules):
        for module in modules:
            module.train()
        batches = [torch.full((count,), row) for count in (_FEW, _MORE)]
        # What the teachers compute at first and keep is in no batch.
        _gradients(task, batches[0], learned)
        few, more = [
            peak_bytes(partial(_gradients, task, rows, learned), learned[0].device) for rows in batches
        ]
    each = (more - few) // (_MORE - _FEW)
    return MemoryEstimate(
        sum(_bytes(module) for module in [*modules, *frozen]),
        _MOMENTS * sum(p.nbytes for p in learned),
        few + each * (at_once - _FEW),
        features,
        on_disk,
    )


def peak_bytes(work: Callable[[], object], device: torch.device) -> int:
    """The most that tensors made on the way take at once."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        work()
        return torch.cuda.max_memory_allocated(device) - before
    seen = _Allocations()
    with seen:
        work()
    return seen.peak


class _Allocations(TorchDispatchMode):
    """Counts the storages that operations make, while they live; on the CPU no allocator does."""

    def __init__(self) -> None:
        super().__init__()
        self.live = self.peak = 0
        self._known: set[int] = set()

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = {storage._cdata for storage in _storages((args, kwargs))}
        result = operation(*args, **(kwargs or {}))
        for storage in _storages(result):
            if storage._cdata not in given | self._known:
                self._known.add(storage._cdata)
                self.live += storage.nbytes()
                weakref.finalize(storage, self._forget, storage._cdata, storage.nbytes())
        self.peak = max(self.peak, self.live)
        return result

    def _forget(self, storage: int, size: int) -> None:
        self._known.discard(storage)
        self.live -= size


def _gradients(task: Measurable, rows: Tensor, learned: Sequence[Tensor]) -> tuple[Tensor | None, ...]:
    """Those of a batch; the weights do not get them."""
    loss = task.weighted(rows)
    with full_precision(loss.device):
        return torch.autograd.grad(loss, learned, allow_unused=True)


def _storages(values: Any) -> list[torch.UntypedStorage]:
    tensors = [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]
    return [part.untyped_storage() for tensor in tensors for part in _parts(tensor)]


def _parts(tensor: Tensor) -> list[Tensor]:
    """What a tensor is kept as: a sparse one has places and values."""
    if tensor.layout == torch.sparse_coo:
        return [tensor._indices(), tensor._values()]
    return [tensor]


def _bytes(module: nn.Module) -> int:
    return sum(tensor.nbytes for tensor in _tensors(module))


def _tensors(module: nn.Module) -> Iterator[Tensor]:
    yield from module.parameters()
    yield from module.buffers()


def _shown(size: int) -> str:
    for unit, least in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= least:
            return f"{size / least:.1f} {unit}"
    return f"{size} bytes"
