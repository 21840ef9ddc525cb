"""The training loop: the one that every task runs in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from unsup_asr import parallel
from unsup_asr.errors import InputError
from unsup_asr.training.checkpoint import checkpoints, load_checkpoint, save_checkpoint, tidy_checkpoints
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.precision import FLOAT32, backward, lowered

# Batches that are drawn together before they are sorted by length: enough that those of one length lie together,
# few enough that batches differ from pass to pass.
_POOL = 16


class Learner(Protocol):
    """Modules that are trained and their optimisers, by the same names."""

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]


class Task(Learner, Protocol):
    """What one update does; the loop does the rest.

    `update` is a function of the step, the weights and torch's random state alone, so that a resumed training
    goes where the uninterrupted one would have gone. Its losses are keyed like their weights.
    """

    def update(self, step: int) -> dict[str, Tensor]:
        """Do update number `step`; returns what to log, scalars by name."""
        ...


@dataclass
class LoopConfig:
    """How long to train and how often to write.

    Attributes:
        updates: updates in all.
        checkpoint_every: updates between checkpoints.
        log_every: updates between lines of `metrics.jsonl`.
        precision: what networks compute in, float32 or bfloat16; weights, losses and checkpoints stay float32.
    """

    updates: int = 300
    checkpoint_every: int = 100
    log_every: int = 25
    precision: str = FLOAT32


def run_loop(
    task: Task,
    config: LoopConfig,
    folder: Path,
    log: MetricsLog,
    seed: int,
    at_update: Callable[[int], None] = lambda step: None,
) -> None:
    """Train `task` from its latest checkpoint in `folder`, or from the beginning, to the last update.

    Args:
        task: what is trained.
        config: length and intervals.
        folder: its checkpoints.
        log: where the losses go.
        seed: of torch's random state at the beginning.
        at_update: called after each update with the number of updates done (progress bars).

    Raises:
        InputError: a loss is not finite.
        UsageError: the precision is none.
    """
    torch.manual_seed(seed)
    done = 0
    if parallel.is_first():
        tidy_checkpoints(folder)
    parallel.wait()
    if found := checkpoints(folder):
        done = load_checkpoint(found[-1], task.modules, task.optimisers)
    if parallel.is_first():
        log.forget_after(done)
    for step in range(done, config.updates):
        with lowered(config.precision, task.modules.values()):
            losses = task.update(step)
        _check_finite(losses, step, folder)
        last = step + 1 == config.updates
        if parallel.is_first() and (last or (step + 1) % config.log_every == 0):
            log.write(step + 1, {name: float(value) for name, value in losses.items()})
        if last or (step + 1) % config.checkpoint_every == 0:
            if parallel.is_first():
                save_checkpoint(folder, step + 1, task.modules, task.optimisers)
            parallel.wait()
        at_update(step + 1)


def descend(learner: Learner, loss: Tensor, names: Sequence[str], clip_norm: float) -> None:
    """A step of the optimisers named down the loss, each with its module's gradient clipped to a norm."""
    clear_gradients(learner, names)
    backward(loss)
    step_down(learner, names, clip_norm)


def clear_gradients(learner: Learner, names: Sequence[str]) -> None:
    """Forget the gradients of the modules named."""
    for name in names:
        learner.optimisers[name].zero_grad()


def step_down(learner: Learner, names: Sequence[str], clip_norm: float) -> None:
    """A step of the optimisers named down the gradients that there are, each module's clipped to a norm."""
    parallel.average_gradients(learner.modules[name] for name in names)
    for name in names:
        nn.utils.clip_grad_norm_(learner.modules[name].parameters(), clip_norm)
        learner.optimisers[name].step()


def shuffled_batch(size: int, batch_size: int, step: int, seed: int) -> Tensor:
    """The indices of batch number `step`, [batch_size]: each pass over the data in an order of its own.

    A function of its arguments alone: the sampler's place is the step. What does not fill a batch at the end
    of a pass is left to other passes; data smaller than a batch come whole.
    """
    per_pass = max(1, size // batch_size)
    begin = step % per_pass * batch_size
    return _order(size, seed, step // per_pass)[begin : begin + batch_size].clone()


def bucketed_batch(lengths: Tensor, batch_size: int, step: int, seed: int) -> Tensor:
    """As `shuffled_batch`, of utterances of like lengths: little of a batch is padding.

    A pass is drawn in an order of its own and cut into pools of some batches; a pool's utterances are sorted by
    length and cut into batches, and the batches of all pools come in an order drawn anew.

    Args:
        lengths: [U], of the utterances, in any unit.
        batch_size: utterances a batch.
        step: which batch.
        seed: of the order.
    """
    per_pass = max(1, len(lengths) // batch_size)
    number = step // per_pass
    pool, place = divmod(int(_order(per_pass, seed + 1, number)[step % per_pass]), _POOL)
    begin, end = pool * _POOL * batch_size, min((pool + 1) * _POOL, per_pass) * batch_size
    drawn = _order(len(lengths), seed, number)[begin:end]
    ranked = drawn[lengths[drawn].argsort(stable=True)]
    return ranked[place * batch_size : (place + 1) * batch_size]


@lru_cache(maxsize=4)
def _order(size: int, seed: int, number: int) -> Tensor:
    """The order of pass `number` over so many; kept, since to draw it at each update of a long pass is dear."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + number)
    return torch.randperm(size, generator=generator)


def _check_finite(losses: Mapping[str, Tensor], step: int, folder: Path) -> None:
    """At every update, so that no checkpoint is written of weights that a NaN has reached."""
    for name, loss in losses.items():
        if not torch.isfinite(loss):
            raise InputError(
                f"the loss {name!r} is {float(loss)} at update {step + 1}",
                where=folder,
                remedy="look for NaN in the features, or lower the learning rate",
            )
