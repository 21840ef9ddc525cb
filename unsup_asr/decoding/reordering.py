"""From segments in the order of speech to English: a beam over orders, entries, and words put in between.

Phrase-based search (Koehn, Och & Marcu 2003) with single segments as phrases: hypotheses that have read equally
many segments compete. A segment may be read if at most `window` places after the first unread one (Zens & Ney
2004); it yields one of its likeliest entries, or nothing. A text of entries w from segments s (s₀ = −1) scores

    Σ heard(w, s) + log p(w) − distortion · Σ |s_i − s_{i−1} − 1| − insertion · inserted − Σ silent

where p is the n-gram model, sums over s pass over inserted words, and a silent segment costs what it costs.

Shapes: B utterances, T segments, V entries, C candidates a segment, K hypotheses, L most words of a text.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lm.tensor_model import EntryLM
from unsup_asr.data.vocabulary import NULL
from unsup_asr.decoding.beam import NBest
from unsup_asr.decoding.hypothesis import UNHEARD
from unsup_asr.decoding.reordering_stack import Stack
from unsup_asr.errors import UsageError

# What is read ahead is a table's index.
_WIDEST = 16


@dataclass
class ReorderingConfig:
    """How far words may move, and what may come in or fall out. Costs are natural logarithms.

    Attributes:
        candidates: entries considered for a segment.
        beam: hypotheses kept for each utterance.
        window: places that a segment may be read before the first unread one; 0 keeps the order of speech.
        distortion: cost of each segment that is jumped over, forwards or backwards.
        insertable: the so many most frequent function words may be written without a segment.
        insertions: most of them in a row, each time before a word that was heard.
        insertion: cost of each.
        deletion: cost of a segment that yields nothing, unless null itself is likelier.
    """

    candidates: int = 5
    beam: int = 24
    window: int = 8
    distortion: float = 0.2
    insertable: int = 12
    insertions: int = 2
    insertion: float = 0.0
    deletion: float = 3.0

    def __post_init__(self) -> None:
        if not 0 <= self.window <= _WIDEST:
            raise UsageError(
                f"the window is {self.window}", where="reordering", remedy=f"give 0 to {_WIDEST} segments"
            )
        if min(self.candidates, self.beam) < 1 or min(self.insertable, self.insertions) < 0:
            raise UsageError(
                f"{self.candidates} candidates, a beam of {self.beam}, {self.insertable} insertable words, "
                f"{self.insertions} in a row",
                where="reordering",
                remedy="give at least one candidate and hypothesis, and no negative number",
            )


@dataclass(frozen=True)
class Reordered(NBest):
    """What the search found, the best first; `entries` has what each segment yields, in the order of speech.

    Attributes:
        texts: [B, K, L], the entries in the order of English, null beyond the end.
        sources: [B, K, L], the segment of each, `UNHEARD` where it has none and beyond the end.
    """

    texts: Tensor
    sources: Tensor


@dataclass(frozen=True)
class Heard:
    """What the segments may be.

    Attributes:
        entries: [B, T, C], none of them null.
        scores: [B, T, C], log-scores, weighted against the n-gram model's natural log-probabilities.
        silent: [B, T], log-score of yielding nothing.
        lengths: [B], segments of each utterance.
    """

    entries: Tensor
    scores: Tensor
    silent: Tensor
    lengths: Tensor

    @classmethod
    def of(cls, scores: Tensor, mask: Tensor, config: ReorderingConfig) -> "Heard":
        """The likeliest entries by scores [B, T, V]; mask [B, T] is true where a segment stands."""
        kept = min(config.candidates, scores.shape[2] - 1)
        best, entries = scores[..., NULL + 1 :].topk(kept, dim=2)
        silent = scores[..., NULL].clamp(min=-config.deletion)
        return cls(entries + NULL + 1, best, silent, mask.sum(dim=1))

    @classmethod
    def certain(cls, entries: Tensor, mask: Tensor) -> "Heard":
        """Entries [B, T] that are known, none of them null where mask [B, T] is true."""
        silent = torch.full(entries.shape, float("-inf"), device=entries.device)
        return cls(entries[..., None], torch.zeros_like(silent)[..., None], silent, mask.sum(dim=1))

    def to(self, device: torch.device) -> "Heard":
        """The same on another device."""
        return Heard(*(value.to(device) for value in vars(self).values()))


@torch.no_grad()
def reorder(heard: Heard, lm: EntryLM, insertable: Tensor, config: ReorderingConfig) -> Reordered:
    """Find the texts that please ear and language model together, whatever their order.

    Args:
        heard: what the segments may be.
        lm: the n-gram model over entries.
        insertable: [m], entries that may stand without a segment.
        config: window, costs, beam.
    """
    search = _Search(heard, lm, insertable, config)
    stack = search.start()
    for covered in range(heard.entries.shape[1]):
        grown = search.cover(search.insert(stack))
        stack = stack.replaced(grown, covered < heard.lengths)
    return search.finish(stack)


class _Search:
    """One search; see `reorder`."""

    def __init__(self, heard: Heard, lm: EntryLM, insertable: Tensor, config: ReorderingConfig) -> None:
        self.heard, self.lm, self.config = heard, lm, config
        self.insertable = insertable if config.insertions else insertable[:0]
        alone, _ = lm.step(torch.zeros_like(heard.entries), heard.entries)
        there = torch.arange(heard.silent.shape[1], device=heard.silent.device) < heard.lengths[:, None]
        hopes = torch.maximum((heard.scores + alone).amax(dim=2), heard.silent)
        self.hopes = hopes.masked_fill(~there, 0.0)
        patterns = torch.arange(2**config.window, device=there.device)
        # Segments read in one go from the first unread one on, once that is read.
        self.runs = torch.ones_like(patterns)
        for size in range(1, config.window + 1):
            self.runs += (patterns + 1) % 2**size == 0

    def start(self) -> Stack:
        """Nothing is read; all but one hypothesis are impossible."""
        (batch, length), beam = self.heard.silent.shape, self.config.beam
        totals = self.hopes.new_full((batch, beam), float("-inf"))
        totals[:, 0] = 0.0
        none = torch.zeros(batch, beam, dtype=torch.long, device=totals.device)
        # One place more, which a segment that yields nothing writes null into.
        most = length * (1 + self.config.insertions) + 1
        texts = none[..., None].expand(-1, -1, most)
        hopes = self.hopes.sum(dim=1, keepdim=True).expand(-1, beam)
        states = self.lm.start(batch)[:, None].expand(-1, beam)
        sources = torch.full_like(texts, UNHEARD)
        return Stack(totals, hopes, states, none, none, none, none, none, texts, sources)

    def insert(self, stack: Stack) -> list[Stack]:
        """The hypotheses as they are, with one word inserted, with two …"""
        stacks = [stack]
        for _ in range(self.config.insertions if len(self.insertable) else 0):
            last = stacks[-1]
            heard, after = self.lm.step(last.states[..., None], self.insertable)
            totals = (last.totals[..., None] + heard - self.config.insertion).flatten(1)
            ranks = totals + last.hopes.repeat_interleave(len(self.insertable), dim=1)
            best = ranks.topk(min(self.config.beam, ranks.shape[1]), dim=1).indices
            parents, choices = best // len(self.insertable), best % len(self.insertable)
            words = self.insertable[choices]
            grown = replace(
                last.taken(parents), totals=totals.gather(1, best), states=after.flatten(1).gather(1, best)
            )
            stacks.append(grown.written(words, torch.full_like(words, UNHEARD), self.lm.size))
        return stacks

    def cover(self, stacks: list[Stack]) -> Stack:
        """The best hypotheses with one segment more; silence after an inserted word would come too late."""
        stack = stacks[0]
        for other in stacks[1:]:
            stack = stack.joined(other)
        offsets = torch.arange(self.config.window + 1, device=stack.first.device)
        places = stack.first[..., None] + offsets
        inside = places.clamp(max=self.hopes.shape[1] - 1)
        read = torch.cat(
            [torch.zeros_like(places[..., :1]), stack.ahead[..., None] >> offsets[:-1] & 1], dim=2
        )
        free = (places < self.heard.lengths[:, None, None]) & (read == 0)
        entries, scores = (_at(values, inside) for values in (self.heard.entries, self.heard.scores))
        jumps = self.config.distortion * (places - stack.head[..., None]).abs()
        log_p, after = self.lm.step(stack.states[..., None, None], entries)
        totals = stack.totals[..., None, None] + scores + log_p - jumps[..., None]
        totals = totals.masked_fill(~free[..., None], float("-inf"))
        said = stack.totals + _at(self.heard.silent, inside[..., 0])
        said[:, stacks[0].totals.shape[1] :] = float("-inf")
        # Choices of a hypothesis: C for every place, then silence of the first unread segment.
        choices = (
            torch.cat([totals.flatten(2), said[..., None]], dim=2),
            entries.flatten(2),
            after.flatten(2),
        )
        return self._best(stack, inside, *choices)

    def _best(self, stack: Stack, places: Tensor, totals: Tensor, entries: Tensor, after: Tensor) -> Stack:
        """Twice as many as are kept, since some come to the same text and segments; then the best of each."""
        number, candidates = totals.shape[2], self.heard.entries.shape[2]
        hopes = stack.hopes[..., None] - _at(self.hopes, places).repeat_interleave(candidates, dim=2)
        hopes = torch.cat([hopes, stack.hopes[..., None] - _at(self.hopes, places[..., :1])], dim=2).flatten(
            1
        )
        ranks, totals = totals.flatten(1) + hopes, totals.flatten(1)
        best = ranks.topk(min(2 * self.config.beam, ranks.shape[1]), dim=1).indices
        parents, choices = best // number, best % number
        silent = choices == number - 1
        there = choices.masked_fill(silent, 0)
        offsets = there // candidates
        words = entries.flatten(1).gather(1, parents * (number - 1) + there).masked_fill(silent, NULL)
        states = after.flatten(1).gather(1, parents * (number - 1) + there)
        grown = stack.taken(parents)
        grown = self._read(grown, offsets, silent).written(words, grown.first + offsets, self.lm.size)
        grown = replace(
            grown,
            totals=totals.gather(1, best),
            hopes=hopes.gather(1, best),
            states=torch.where(silent, grown.states, states),
        )
        return self._once(grown, self.config.beam)

    def _read(self, stack: Stack, offsets: Tensor, silent: Tensor) -> Stack:
        """Mark the segments at some offsets [B, K] from the first unread one as read; silence moves no head."""
        runs = self.runs[stack.ahead]
        next_up = offsets == 0
        bits = torch.where(next_up, 0, 1 << (offsets - 1).clamp(min=0))
        head = torch.where(silent, stack.head, stack.first + offsets + 1)
        return replace(
            stack,
            first=torch.where(next_up, stack.first + runs, stack.first),
            ahead=torch.where(next_up, stack.ahead >> runs, stack.ahead | bits),
            head=head,
        )

    def _once(self, stack: Stack, number: int) -> Stack:
        """The best `number`, of those with the same text and segments read the first."""
        keys = stack.keys
        same = (keys[:, :, None] == keys[:, None]).tril(diagonal=-1).any(dim=2)
        totals = stack.totals.masked_fill(same, float("-inf"))
        order = (totals + stack.hopes).argsort(dim=1, descending=True, stable=True)[:, :number]
        chosen = replace(stack, totals=totals).taken(order)
        return chosen if order.shape[1] == number else chosen.widened(number)

    def finish(self, stack: Stack) -> Reordered:
        """Sentences, with their ends."""
        ended = replace(stack, totals=stack.totals + self.lm.final(stack.states))
        order = ended.totals.argsort(dim=1, descending=True, stable=True)
        best = self._once(ended.taken(order), self.config.beam)
        possible = (best.totals > float("-inf"))[..., None]
        best = replace(
            best,
            texts=best.texts.masked_fill(~possible, NULL),
            sources=best.sources.masked_fill(~possible, UNHEARD),
            lengths=best.lengths * possible[..., 0],
        )
        batch, length = self.heard.silent.shape
        segments = best.texts.new_full((batch, best.texts.shape[1], length + 1), NULL)
        segments.scatter_(2, best.sources.masked_fill(best.sources == UNHEARD, length), best.texts)
        longest = int(best.lengths.max()) if best.lengths.numel() else 0
        texts, sources = best.texts[..., :longest], best.sources[..., :longest]
        return Reordered(segments[..., :length], best.totals, texts, sources)


def _at(values: Tensor, places: Tensor) -> Tensor:
    """Values [B, T, …] at places [B, …]."""
    utterances = torch.arange(len(values), device=values.device).view(-1, *[1] * (places.dim() - 1))
    return values[utterances, places]
