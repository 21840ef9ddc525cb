"""Batches larger than memory: a loss that compares all of them, gradients part by part.

Gao et al. 2021, *Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup* (GradCache): parts
are embedded without gradients, the loss on all embeddings gives the gradient of each, and every part is embedded
again to pass its own on. The result is that of the whole batch, at the price of a second forward pass; only what
looks at the rest of a batch on its way differs: BatchNorm sees the part.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from unsup_asr.training.precision import backward, full_precision

Embedded = Mapping[str, Tensor]


@dataclass(frozen=True)
class RandomState:
    """Where the generators of random numbers are, so that what they draw can be drawn again."""

    cpu: Tensor
    gpus: tuple[Tensor, ...]

    @classmethod
    def now(cls) -> Self:
        """As they are."""
        gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
        return cls(torch.get_rng_state(), tuple(gpus))

    def restore(self) -> None:
        """Put them back."""
        torch.set_rng_state(self.cpu)
        if self.gpus:
            torch.cuda.set_rng_state_all(list(self.gpus))


@contextmanager
def buffers_kept(modules: Iterable[nn.Module]) -> Iterator[None]:
    """Inside, forward passes leave no trace in running statistics: afterwards, buffers are what they were."""
    buffers = [buffer for module in modules for buffer in module.buffers() if not _is_table(buffer)]
    before = [buffer.clone() for buffer in buffers]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in zip(buffers, before, strict=True):
                buffer.copy_(value)


def backward_in_parts(
    parts: Sequence[Tensor],
    embed: Callable[[Tensor], Embedded],
    loss: Callable[[Embedded], Tensor],
    modules: Sequence[nn.Module],
) -> None:
    """Add to the gradients of `modules` what the loss on all parts gives them.

    Args:
        parts: the rows of each.
        embed: what the loss needs of a part, by name, a row each; it draws the same both times.
        loss: of all rows' embeddings, in the order of the parts.
        modules: what embeds; running statistics follow the second time alone.
    """
    states, first = [], []
    with torch.no_grad(), buffers_kept(modules):
        for part in parts:
            states.append(RandomState.now())
            first.append(embed(part))
    leaves = {name: _leaf([each[name] for each in first]) for name in first[0]}
    backward(loss(leaves))
    begin = 0
    for part, state in zip(parts, states, strict=True):
        state.restore()
        _pass_on(embed(part), {name: _rows(leaf, begin, len(part)) for name, leaf in leaves.items()})
        begin += len(part)


def _leaf(parts: list[Tensor]) -> Tensor:
    return torch.cat(parts).requires_grad_(parts[0].is_floating_point())


def _rows(leaf: Tensor, begin: int, count: int) -> Tensor | None:
    return None if leaf.grad is None else leaf.grad[begin : begin + count]


def _pass_on(embedded: Embedded, gradients: Mapping[str, Tensor | None]) -> None:
    """From the embeddings of a part to the weights."""
    pairs = [(value, gradients[name]) for name, value in embedded.items() if value.requires_grad]
    outputs, grads = zip(*[(value, grad) for value, grad in pairs if grad is not None], strict=True)
    with full_precision(outputs[0].device):
        torch.autograd.backward(outputs, grads)


def _is_table(buffer: Tensor) -> bool:
    """Tables of embeddings do not change in a forward pass, and are too large to copy each time."""
    return buffer.ndim > 1
