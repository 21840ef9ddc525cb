"""What boundaries are worth by the text that comes of them; REBORN's reward (Tseng et al. 2024)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from lm.tensor_model import EntryLM
from segmenters.boundary_policy import standardise


@dataclass
class RewardWeights:
    """What each part of the reward weighs; the values are REBORN's.

    Attributes:
        perplexity: the text must read better than the one before.
        edit: it must stay near the one before.
        length: it must have about as many words.
    """

    perplexity: float = 1.0
    edit: float = 0.2
    length: float = 0.2


@dataclass(frozen=True)
class Texts:
    """Greedy texts of a batch: entries [B, T], anything beyond the lengths [B]."""

    entries: Tensor
    lengths: Tensor

    def lists(self) -> list[list[int]]:
        """The entries of each text."""
        return [row[:n] for row, n in zip(self.entries.tolist(), self.lengths.tolist(), strict=True)]


def perplexities(model: EntryLM, texts: Texts) -> Tensor:
    """[B], each text's perplexity per word under the n-gram model, its end counted."""
    return (-model.score(texts.entries, texts.lengths) / (texts.lengths + 1)).exp()


def log_perplexity(model: EntryLM, texts: Texts) -> Tensor:
    """Natural log-perplexity per word over all texts of a batch, their ends counted."""
    return -model.score(texts.entries, texts.lengths).sum() / (texts.lengths + 1).sum()


def text_rewards(model: EntryLM, weights: RewardWeights, now: Texts, before: Texts) -> Tensor:
    """Rewards [B] of texts against those before: −c_p z(ΔPPL) − c_e z(edits / words) − c_l z(|words ratio − 1|).

    z standardises over the batch; ratios are to the words of the text before, at least one.

    Args:
        model: judges texts.
        weights: c.
        now: texts by the boundaries that are rewarded.
        before: texts of the same utterances by the first boundaries.
    """
    words = before.lengths.clamp(min=1)
    worse = perplexities(model, now) - perplexities(model, before)
    edits = torch.tensor(_edits(now.lists(), before.lists()), device=words.device) / words
    longer = (now.lengths / words - 1).abs()
    return -(
        weights.perplexity * standardise(worse)
        + weights.edit * standardise(edits)
        + weights.length * standardise(longer)
    )


def _edits(now: Sequence[Sequence[int]], before: Sequence[Sequence[int]]) -> list[int]:
    return [Levenshtein.distance(new, old) for new, old in zip(now, before, strict=True)]
