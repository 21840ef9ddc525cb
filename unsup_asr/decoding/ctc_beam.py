"""CTC prefix beam search with an n-gram model over the units, all utterances at once.

A prefix is a sequence of units; its probability is the sum over all alignments that read as it (Graves 2006,
Hannun 2014), in two parts: those that end in a blank, and those that end in its last unit. Prefixes are told
apart by a hash of 64 bits.

Shapes: B utterances, T outputs, V units, K prefixes in the beam, C units tried at an output.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lm.tensor_model import EntryLM
from unsup_asr.models.ctc_student import BLANK

NOTHING = -1
_NEVER = float("-inf")
# Odd, so that no bit of a hash is lost; the products wrap around.
_MULTIPLIER = 6364136223846793005
# The hash of what is no prefix.
_NONE = torch.iinfo(torch.int64).min


@dataclass
class CtcBeamConfig:
    """How outputs become text.

    Attributes:
        beam: prefixes kept for each utterance.
        units: units tried at each output, the likeliest.
        lm_weight: of the n-gram model's log-probability.
        unit_bonus: added for every unit, since the n-gram model pleads for few.
        blank_price: taken off the blank's log-probability at every output: a network that hears a voice unlike
            those it knows falls silent rather than guess.
        certain: outputs beside each other whose blank is likelier than this count as one.
    """

    beam: int = 16
    units: int = 12
    lm_weight: float = 0.5
    unit_bonus: float = 0.5
    blank_price: float = 2.0
    certain: float = 0.999


@dataclass(frozen=True)
class Prefixes:
    """What the search found, the best first.

    Attributes:
        units: [B, K, L], −1 beyond a prefix's end.
        scores: [B, K], log-scores; −inf where there are fewer than K prefixes.
    """

    units: Tensor
    scores: Tensor


@torch.no_grad()
def ctc_beam_search(log_probs: Tensor, lengths: Tensor, lm: EntryLM, config: CtcBeamConfig) -> Prefixes:
    """Find the units that please ear and language model together.

    Args:
        log_probs: [B, T, 1 + V], blank first.
        lengths: [B], outputs of each utterance.
        lm: the n-gram model over units.
        config: weights and beam.
    """
    log_probs, lengths = without_certain_blanks(log_probs, lengths, config.certain)
    log_probs[..., BLANK] -= config.blank_price
    beam = _Beam.start(len(log_probs), lm, config)
    steps = []
    for time in range(log_probs.shape[1]):
        grown, step = beam.grow(log_probs[:, time], lm, config)
        here = (time < lengths)[:, None]
        beam = beam.where(here, grown)
        steps.append(step.where(here))
    totals = beam.totals + config.lm_weight * lm.final(beam.states)
    scores, order = totals.sort(dim=1, descending=True, stable=True)
    return Prefixes(_read_back(steps, order), scores)


def without_certain_blanks(log_probs: Tensor, lengths: Tensor, certain: float) -> tuple[Tensor, Tensor]:
    """Drop outputs that are blank for certain after others that are: they change next to nothing.

    One of a run stays, so that a unit on both sides of it is still two.

    Returns:
        The outputs [B, T', 1 + V] and lengths [B] that are left.
    """
    inside = torch.arange(log_probs.shape[1], device=log_probs.device) < lengths[:, None]
    blank = log_probs[..., BLANK].exp() > certain
    kept = inside.clone()
    kept[:, 1:] &= ~(blank[:, 1:] & blank[:, :-1])
    left = kept.sum(dim=1)
    # Kept ones first, in their order.
    order = kept.to(torch.uint8).sort(dim=1, descending=True, stable=True).indices
    order = order[:, : int(left.max()) if len(left) else 0]
    return log_probs.gather(1, order[..., None].expand(-1, -1, log_probs.shape[2])), left


@dataclass(frozen=True)
class _Step:
    """Where each prefix [B, K] came from, and the unit it grew by, −1 if by none."""

    parents: Tensor
    units: Tensor

    def where(self, here: Tensor) -> "_Step":
        """The same where `here` [B, 1], elsewhere prefixes as they were."""
        same = torch.arange(self.parents.shape[1], device=here.device)
        return _Step(torch.where(here, self.parents, same), torch.where(here, self.units, NOTHING))


@dataclass(frozen=True)
class _Beam:
    """Prefixes, [B, K] each.

    Attributes:
        blank: log-probability of the alignments that end in a blank.
        label: of those that end in the prefix's last unit.
        language: what the n-gram model and the bonus say of it.
        states: of the n-gram model.
        last: its last unit, −1 of the empty one.
        hashes: of the prefix.
        before: of the prefix without its last unit.
    """

    blank: Tensor
    label: Tensor
    language: Tensor
    states: Tensor
    last: Tensor
    hashes: Tensor
    before: Tensor

    @classmethod
    def start(cls, batch: int, lm: EntryLM, config: CtcBeamConfig) -> "_Beam":
        """The empty prefix, and room for others."""
        device, shape = lm.keys.device, (batch, config.beam)
        never = torch.full(shape, _NEVER, device=device)
        blank = never.clone()
        blank[:, 0] = 0.0
        states = lm.start(batch)[:, None].expand(shape)
        last = torch.full(shape, NOTHING, device=device)
        none = torch.full(shape, _NONE, device=device)
        hashes = none.clone()
        hashes[:, 0] = 0
        return cls(blank, never, torch.zeros(shape, device=device), states, last, hashes, none)

    @property
    def acoustic(self) -> Tensor:
        """Log-probability of all alignments."""
        return torch.logaddexp(self.blank, self.label)

    @property
    def totals(self) -> Tensor:
        """What prefixes are ranked by."""
        return self.acoustic + self.language

    def where(self, here: Tensor, other: "_Beam") -> "_Beam":
        """The other where `here` [B, 1], else this."""
        pairs = zip(vars(other).values(), vars(self).values(), strict=True)
        return _Beam(*(torch.where(here, new, old) for new, old in pairs))

    def grow(self, log_probs: Tensor, lm: EntryLM, config: CtcBeamConfig) -> tuple["_Beam", _Step]:
        """The best prefixes after one more output.

        Args:
            log_probs: [B, 1 + V].
            lm: the n-gram model.
            config: weights and beam.
        """
        stayed = self._stay(log_probs)
        longer, units = self._lengthen(log_probs, lm, config)
        pairs = zip(vars(stayed).values(), vars(longer).values(), strict=True)
        both = _Beam(*(torch.cat(pair, dim=1) for pair in pairs))
        best = both.totals.topk(config.beam, dim=1).indices
        tried = units.shape[1]
        new = best - config.beam
        parents = torch.where(new < 0, best, new // tried)
        grown_by = torch.where(new < 0, NOTHING, units.gather(1, new.clamp(min=0) % tried))
        chosen = _Beam(*(values.gather(1, best) for values in vars(both).values()))
        return chosen.forgetting_the_impossible(), _Step(parents, grown_by)

    def forgetting_the_impossible(self) -> "_Beam":
        """The same, in which nothing is taken for a prefix that has no probability."""
        impossible = self.acoustic == _NEVER
        hashes = self.hashes.masked_fill(impossible, _NONE)
        return replace(self, hashes=hashes, before=self.before.masked_fill(impossible, _NONE))

    def _stay(self, log_probs: Tensor) -> "_Beam":
        """Prefixes that do not grow: a blank, their last unit held, or another prefix that grew into them."""
        heard = log_probs.gather(1, self.last.clamp(min=0) + 1).masked_fill(self.last < 0, _NEVER)
        # A unit comes twice in a row only across a blank.
        twice = self.last[:, None] == self.last[:, :, None]
        sources = torch.where(twice, self.blank[:, None], self.acoustic[:, None])
        grows_into = self.hashes[:, None] == self.before[:, :, None]
        reached = sources.masked_fill(~grows_into, _NEVER).amax(dim=2)
        blank = self.acoustic + log_probs[:, BLANK, None]
        label = heard + torch.logaddexp(self.label, reached)
        return _Beam(blank, label, self.language, self.states, self.last, self.hashes, self.before)

    def _lengthen(self, log_probs: Tensor, lm: EntryLM, config: CtcBeamConfig) -> tuple["_Beam", Tensor]:
        """Prefixes [B, K · C] longer by one of the likeliest units [B, C]; those that are there never come."""
        tried = min(config.units, log_probs.shape[1] - 1)
        heard, units = log_probs[:, 1:].topk(tried, dim=1)
        shape = (*self.last.shape, tried)
        ends_in_it = self.last[..., None] == units[:, None]
        label = heard[:, None] + torch.where(ends_in_it, self.blank[..., None], self.acoustic[..., None])
        hashes = self.hashes[..., None] * _MULTIPLIER + units[:, None] + 1
        known = (hashes[..., None] == self.hashes[:, None, None]).any(dim=-1)
        said, states = lm.step(self.states[..., None], units[:, None])
        language = self.language[..., None] + config.lm_weight * said + config.unit_bonus
        longer = _Beam(
            torch.full_like(label, _NEVER),
            label.masked_fill(known, _NEVER),
            language,
            states,
            units[:, None].expand(shape),
            hashes,
            self.hashes[..., None].expand(shape),
        )
        return _Beam(*(values.flatten(1) for values in vars(longer).values())), units


def _read_back(steps: list[_Step], order: Tensor) -> Tensor:
    """The units [B, K, L] of the prefixes that stand at places `order` [B, K] at the end."""
    grown, places = [], order
    for step in reversed(steps):
        grown.append(step.units.gather(1, places))
        places = step.parents.gather(1, places)
    if not grown:
        return order.new_full((*order.shape, 0), NOTHING)
    units = torch.stack(grown[::-1], dim=-1)
    there = units != NOTHING
    packed = there.to(torch.uint8).sort(dim=-1, descending=True, stable=True).indices
    return units.gather(-1, packed)[..., : int(there.sum(dim=-1).max())]
