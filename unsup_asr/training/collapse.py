"""Collapse, seen while it happens: what is written is held against the captions' own statistics.

Every collapse that is known shows in a figure that captions set the measure of: one word takes the place of all,
few words are left, segments yield nothing, or the likeliest phrase is written for everything (n-gram terms
without their guards, `losses.language_model`; constant outputs, wav2vec-U). And losses can leave all bounds.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from unsup_asr.training.health import Health

ONE_WORD = "one word everywhere"
FEW_WORDS = "a few words"
NOTHING = "nothing but null"
SAME_PHRASE = "the same phrase"
RUNAWAY = "the losses run away"
NOT_FINITE = "a loss is not finite"
DIVERGED = (RUNAWAY, NOT_FINITE)

# Those that take their time; a loss that is not finite needs no second look.
_KINDS = (NOTHING, ONE_WORD, FEW_WORDS, SAME_PHRASE, RUNAWAY)
# Updates in a row before it is a collapse: at the beginning of a stage, choices jump about.
_PATIENCE = 20
# Captions have no word that stands for half of what lies between their own most frequent one and all words.
_MOST_OF_THE_REST = 0.5
# Of the words that captions use, by entropy, half are gone and one has twice the share of the most frequent, or
# three quarters are gone. Half may be missing for a while where pictures alone teach: they tell nouns.
_FEW, _VERY_FEW = 0.5, 0.25
_TWICE = 2.0
# Null is for segments that are no words, of which segmenters find some; hardly anything is left here.
_HARDLY_ANYTHING_ELSE = 0.9
# Half of the nats that captions have a word; the text is that of one who knows what comes next.
_FORESEEN = 0.5
# What losses are at the beginning is near what chance has; nothing that learns is ten times as bad.
_WORSE_THAN_CHANCE = 10.0


class Collapse(Exception):
    """Training has collapsed.

    Attributes:
        what: its name.
        step: the update, counted from 0, at which it was seen.
        figures: what was logged there, by name.
    """

    def __init__(self, what: str, step: int, figures: Mapping[str, float]) -> None:
        super().__init__(f"{what}, at update {step + 1}")
        self.what, self.step, self.figures = what, step, dict(figures)


class CollapseWatch(nn.Module):
    """Looks at each update's figures; a module, so that a checkpoint holds what it has seen.

    Args:
        usual: the figures of captions.
        attempt: how often training was restarted before.

    Attributes:
        attempt: as given, and as restored from a checkpoint.
    """

    attempt: Tensor
    _ill: Tensor
    _first: Tensor

    def __init__(self, usual: Health, attempt: int = 0) -> None:
        super().__init__()
        self._usual = {name: float(value) for name, value in usual.logged().items()}
        self.register_buffer("attempt", torch.tensor(attempt))
        self.register_buffer("_ill", torch.zeros(len(_KINDS), dtype=torch.long))
        self.register_buffer("_first", torch.tensor(torch.nan))

    @property
    def is_healthy(self) -> bool:
        """Whether the last update had no sign of any collapse."""
        return not bool(self._ill.any())

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """As of any module; a checkpoint of before there were watches holds nothing, and changes nothing."""
        return super().load_state_dict(state_dict or self.state_dict(), strict, assign)

    def see(self, logged: Mapping[str, Tensor], step: int) -> None:
        """Look at what update number `step` has logged.

        Args:
            logged: figures of health by their names, and losses.
            step: the update.

        Raises:
            Collapse: a loss is not finite, or what is written has been ill for some updates in a row.
        """
        values = torch.stack([value.detach().float() for value in logged.values()]).tolist()
        figures = dict(zip(logged, values, strict=True))
        total = sum(abs(value) for name, value in figures.items() if name not in self._usual)
        if not torch.isfinite(torch.tensor(total)):
            raise Collapse(NOT_FINITE, step, figures)
        if self._first.isnan():
            self._first.fill_(total)
        signs = torch.tensor(
            [*self._signs(figures), total > _WORSE_THAN_CHANCE * max(1.0, float(self._first))]
        )
        self._ill.copy_(torch.where(signs, self._ill + 1, 0))
        if int(self._ill.max()) >= _PATIENCE:
            raise Collapse(_KINDS[int(self._ill.argmax())], step, figures)

    def _signs(self, figures: Mapping[str, float]) -> tuple[bool, ...]:
        """Of each kind but the last, in their order."""
        usual = self._usual
        lone = usual["top_word"] + _MOST_OF_THE_REST * (1 - usual["top_word"])
        in_use = figures["words_in_use"] / usual["words_in_use"]
        swollen = figures["top_word"] > _TWICE * usual["top_word"]
        return (
            figures["null"] > _HARDLY_ANYTHING_ELSE,
            figures["top_word"] > lone,
            in_use < (_FEW if swollen else _VERY_FEW),
            figures.get("log_perplexity", torch.inf) < _FORESEEN * usual["log_perplexity"],
        )
