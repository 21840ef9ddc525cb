"""Beam search over entries with the n-gram model, all utterances at once.

Shapes: B utterances, T positions, V entries, K hypotheses in the beam.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from lm.tensor_model import EntryLM
from unsup_asr.data.vocabulary import NULL


@dataclass(frozen=True)
class NBest:
    """What the search found, the best first.

    Attributes:
        entries: [B, K, T], null beyond an utterance's end.
        scores: [B, K], log-scores; −inf where there are fewer than K sentences.
    """

    entries: Tensor
    scores: Tensor

    def votes(self) -> "Votes":
        """What each hypothesis says at each position, and how probable it is among these."""
        entries = self.entries.transpose(1, 2)
        return Votes(entries, self.scores.softmax(dim=1)[:, None].expand_as(entries))

    def posteriors(self, size: int) -> Tensor:
        """The probability of each of `size` entries at each position, [B, T, V], among these hypotheses."""
        votes = self.votes()
        posteriors = self.scores.new_zeros(*votes.entries.shape[:2], size)
        return posteriors.scatter_add_(2, votes.entries, votes.probabilities.contiguous())


@dataclass(frozen=True)
class Votes:
    """Hypotheses, position by position.

    Attributes:
        entries: [B, T, K].
        probabilities: [B, T, K]; they sum to one over the hypotheses.
    """

    entries: Tensor
    probabilities: Tensor


@torch.no_grad()
def beam_search(scores: Tensor, mask: Tensor, lm: EntryLM, beam: int) -> NBest:
    """Find the entries that please ear and language model together.

    Args:
        scores: [B, T, V], log-scores of the entries at each position, weighted against the language model's
            natural log-probabilities.
        mask: [B, T], true where a segment stands, contiguous from the left.
        lm: the n-gram model over entries; null leaves its state as it is.
        beam: K.
    """
    batch, length, entries = scores.shape
    states = lm.start(batch)[:, None].expand(batch, beam).contiguous()
    totals = scores.new_full((batch, beam), float("-inf"))
    totals[:, 0] = 0.0
    history = torch.full((batch, beam, length), NULL, device=scores.device)
    for position in range(length):
        log_probs, after = lm.advance(states.flatten())
        grown = totals[..., None] + scores[:, None, position] + log_probs.view(batch, beam, entries)
        best, flat = grown.flatten(1).topk(beam, dim=1)
        parents, choices = flat // entries, flat % entries
        here = mask[:, position, None]
        totals = torch.where(here, best, totals)
        states = torch.where(here, after.view(batch, beam * entries).gather(1, flat), states)
        longer = history.gather(1, parents[..., None].expand(-1, -1, length))
        longer[..., position] = choices
        history = torch.where(here[..., None], longer, history)
    totals, order = (totals + lm.final(states.flatten()).view(batch, beam)).sort(dim=1, descending=True)
    return NBest(history.gather(1, order[..., None].expand(-1, -1, length)), totals)
