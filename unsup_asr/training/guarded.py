"""A task under watch, and what is changed when it is restarted after a collapse."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from torch import Tensor, nn
from torch.optim import Optimizer

from unsup_asr.training.cascade import LossWeights
from unsup_asr.training.collapse import DIVERGED, CollapseWatch
from unsup_asr.training.loop import Task

# What the unigram term weighs in the default stages: the least that guards where a stage came without.
_GUARD = 2.0
_HALF = 0.5


@dataclass(frozen=True)
class Change:
    """What a restarted training does otherwise than it is configured.

    Attributes:
        language_model: what the weights of the n-gram terms are multiplied with; where it is not 1, those of
            their guards are divided by it, and that of the unigram term is 2 or more.
        learning_rate: what the rates are multiplied with.
        order: number of the order of the utterances, 0 for the first.
    """

    language_model: float = 1.0
    learning_rate: float = 1.0
    order: int = 0

    def after(self, what: str, restart: int, weighs: bool) -> "Change":
        """The change with which to restart.

        First the n-gram terms, which cause what is known of collapse, then the rate, then chance: another order
        of the utterances. Where losses have left all bounds, or nothing is weighed, it begins with the rate.

        Args:
            what: the collapse.
            restart: its number, counted from 0.
            weighs: whether losses have weights.
        """
        gentler = replace(self, language_model=_HALF * self.language_model)
        slower = replace(self, learning_rate=_HALF * self.learning_rate)
        other = replace(self, order=self.order + 1)
        steps = [gentler, slower, other] if weighs and what not in DIVERGED else [slower, other]
        return steps[restart % len(steps)]

    def weights(self, configured: LossWeights) -> LossWeights:
        """The weights of a stage."""
        if self.language_model == 1:
            return configured
        return replace(
            configured,
            bigram=self.language_model * configured.bigram,
            ngram=self.language_model * configured.ngram,
            divergence=self.language_model * configured.divergence,
            unigram=max(configured.unigram / self.language_model, _GUARD),
            length=configured.length / self.language_model,
        )

    def __str__(self) -> str:
        parts = []
        if self.language_model != 1:
            parts.append(
                f"n-gram terms x {self.language_model:g}, their guards x {1 / self.language_model:g}"
            )
        if self.learning_rate != 1:
            parts.append(f"learning rates x {self.learning_rate:g}")
        if self.order:
            parts.append(f"order {self.order} of the utterances")
        return "; ".join(parts) or "nothing"


class Guarded:
    """A task that is watched.

    Args:
        task: what is trained; its optimisers' rates stay as they are made.
        watch: looks at what it logs.
        learning_rate: what the rates are multiplied with.
        watching: whether a collapse is said; the last attempt is left to itself.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(self, task: Task, watch: CollapseWatch, learning_rate: float, watching: bool) -> None:
        self.task, self.watch, self.watching = task, watch, watching
        self.modules, self.optimisers = {**task.modules, "watch": watch}, task.optimisers
        groups = [group for optimiser in task.optimisers.values() for group in optimiser.param_groups]
        self._rates = [learning_rate * group["lr"] for group in groups]
        self._attempt = watch.attempt.clone()

    def update(self, step: int) -> dict[str, Tensor]:
        """One update of the task.

        Raises:
            Collapse: it has collapsed.
        """
        # A checkpoint brings the rates, and the number, of the attempt that it is of.
        self.watch.attempt.copy_(self._attempt)
        groups = [group for optimiser in self.optimisers.values() for group in optimiser.param_groups]
        for group, rate in zip(groups, self._rates, strict=True):
            group["lr"] = rate
        logged = self.task.update(step)
        if self.watching:
            self.watch.see(logged, step)
        return logged
