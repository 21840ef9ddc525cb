"""Boundaries and words found together: the best way to cut an utterance into spans and to name each of them.

A semi-Markov search (Viterbi over candidate spans and entries) under bigrams, all utterances at once. A span may
yield nothing: null leaves the language model's history as it is.

Shapes: U utterances, C slots (stretches between neighbouring candidate boundaries), L most slots of a span,
V entries, entry 0 null.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

# The entry of a span that yields nothing.
NULL = 0


@dataclass(frozen=True)
class JointPath:
    """What the search found.

    Attributes:
        ends: [U, C], true at the last slot of each span.
        entries: [U, C], the entry of the span that ends there; null elsewhere.
        scores: [U], log-scores.
    """

    ends: Tensor
    entries: Tensor
    scores: Tensor


@torch.no_grad()
def joint_search(scores: Tensor, lengths: Tensor, transitions: Tensor, histories: int) -> JointPath:
    """Cut and name every utterance.

    Args:
        scores: [U, C, L, V]; entry [u, c, l, v] belongs to the span of the l + 1 slots that end with slot c, read
            as v; −inf where there is no such span. [u, c, l] with l > c is never read.
        lengths: [U], slots of each utterance, at least 1.
        transitions: [V + 1, V + 1], what it costs that a word follows another, as log-scores; the last row
            stands for the start, the last column for the end; those of null are never read.
        histories: last words that are kept at every boundary, the best of them; with all V the search is exact.
    """
    count, slots, reach, size = scores.shape
    histories = min(histories, size)
    start = size - 1  # histories: entry v stands at v - 1, the start last
    # At boundary b: the best score by last word, and by the word that begins there.
    reached = scores.new_full((count, slots + 1, size), float("-inf"))
    reached[:, 0, start] = 0.0
    begun = scores.new_full((count, slots + 1, size - 1), float("-inf"))
    before = torch.empty(count, slots + 1, size - 1, dtype=torch.long, device=scores.device)
    spans = torch.zeros(count, slots, size, dtype=torch.long, device=scores.device)
    follow = torch.cat([transitions[1:size], transitions[size:]])[:, 1:size]
    for slot in range(slots):
        kept, words = reached[:, slot].topk(histories, dim=1)
        begun[:, slot], best = (kept[..., None] + follow[words]).max(dim=1)
        before[:, slot] = words.gather(1, best)
        firsts = slot - torch.arange(min(reach, slot + 1), device=scores.device)
        here = scores[:, slot, : len(firsts)]
        said, lengths_said = (here[..., 1:] + begun[:, firsts]).max(dim=1)
        silent, lengths_silent = (here[..., :1] + reached[:, firsts]).max(dim=1)
        reached[:, slot + 1] = silent
        quiet = silent[:, :start] >= said
        reached[:, slot + 1, :start] = torch.where(quiet, silent[:, :start], said)
        # A negative length marks a span that yields nothing.
        spans[:, slot] = -1 - lengths_silent
        spans[:, slot, :start] = torch.where(quiet, -1 - lengths_silent[:, :start], 1 + lengths_said)
    final = torch.cat([transitions[1:size, -1], transitions[-1:, -1]])
    totals, last = (reached[torch.arange(count, device=scores.device), lengths] + final).max(dim=1)
    ends, entries = _walk_back(spans, before, lengths, last)
    return JointPath(ends, entries, totals)


def _walk_back(spans: Tensor, before: Tensor, lengths: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
    """Span ends and their entries, [U, C] each, from the last word [U] of every utterance back to its start."""
    ends = torch.zeros(spans.shape[:2], dtype=torch.bool, device=spans.device)
    entries = torch.full(spans.shape[:2], NULL, device=spans.device)
    rows, slot, word = torch.arange(len(spans), device=spans.device), lengths - 1, last
    while len(rows):
        ends[rows, slot] = True
        length = spans[rows, slot, word]
        said = length > 0
        entries[rows, slot] = torch.where(said, word + 1, NULL)
        first = slot - length.abs() + 1
        came_from = before[rows, first, torch.where(said, word, 0)]
        word = torch.where(said, came_from, word)
        left = first > 0
        rows, slot, word = rows[left], first[left] - 1, word[left]
    return ends, entries
