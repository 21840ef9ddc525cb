"""English made worse as word-by-word translation makes it: what a denoiser learns to undo.

Words dropped and locally shuffled as by Lample et al. 2018; words put in, clauses turned round, and words taken
for others that a decoder confuses them with.

Shapes: B sentences, T words of the longest, null beyond the end.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from unsup_asr.data.vocabulary import NULL
from unsup_asr.training.confusions import Confusions


@dataclass
class NoiseConfig:
    """How much is made worse. Shares are between 0 and 1.

    Attributes:
        clean: share of sentences left as they are.
        confuse: share of words taken for another.
        drop: share of words dropped.
        drop_frequent: the same of the frequent function words, which other languages may not have.
        insert: share of words that a frequent function word is put before.
        invert: share of sentences whose clauses are turned round, from some word on.
        cut: share of the words before which a clause may end, in those sentences.
        cut_frequent: the same beside the frequent function words.
        shuffle: a word moves by less than so many places in the shuffle; 1 and less leave all in place.
    """

    clean: float = 0.1
    confuse: float = 0.05
    drop: float = 0.03
    drop_frequent: float = 0.3
    insert: float = 0.1
    invert: float = 0.5
    cut: float = 0.15
    cut_frequent: float = 0.7
    shuffle: float = 2.5


@dataclass(frozen=True)
class Noise:
    """Makes sentences worse.

    Attributes:
        config: how much.
        frequent: [V], true for the frequent function words.
        confusions: what words are taken for.
    """

    config: NoiseConfig
    frequent: Tensor
    confusions: Confusions

    def __call__(self, captions: Tensor, generator: torch.Generator) -> Tensor:
        """Worse captions, [B, T'].

        Args:
            captions: [B, T] entries.
            generator: all chance comes from it.
        """
        chances = torch.rand(7, *captions.shape, generator=generator)
        worse = self._confused(captions, chances[0], generator)
        worse = self._turned(worse, chances[1], chances[2])
        worse = self._shuffled(worse, chances[3])
        worse = self._dropped(worse, chances[4])
        worse = self._with_more(worse, chances[5], generator)
        spared = chances[6][:, :1] < self.config.clean
        return _compact(torch.where(spared, _padded(captions, worse.shape[1]), worse))

    def _confused(self, words: Tensor, chances: Tensor, generator: torch.Generator) -> Tensor:
        here = (chances < self.config.confuse) & (words != NULL)
        changed = words.clone()
        changed[here] = self.confusions.drawn(words[here], generator)
        return changed

    def _turned(self, words: Tensor, chances: Tensor, sentences: Tensor) -> Tensor:
        """Clauses in the opposite order from some word on, the words within them as they were."""
        places, lengths = torch.arange(words.shape[1]), (words != NULL).sum(dim=1, keepdim=True)
        turned = sentences[:, :1] < self.config.invert
        first = torch.where(turned, sentences[:, -1:] * lengths, lengths.double()).long()
        beside = self.frequent[words]
        beside = beside | torch.nn.functional.pad(beside[:, :-1], (1, 0), value=True)
        share = torch.where(beside, self.config.cut_frequent, self.config.cut)
        clauses = (chances < share).long().cumsum(dim=1)
        length = words.shape[1]
        back = (clauses.amax(dim=1, keepdim=True) - clauses + 1) * length + places
        return _in_order(words, torch.where(places < first, places.expand_as(back), back))

    def _shuffled(self, words: Tensor, chances: Tensor) -> Tensor:
        return _in_order(words, torch.arange(words.shape[1]) + self.config.shuffle * chances)

    def _dropped(self, words: Tensor, chances: Tensor) -> Tensor:
        share = torch.where(self.frequent[words], self.config.drop_frequent, self.config.drop)
        return words.masked_fill(chances < share, NULL)

    def _with_more(self, words: Tensor, chances: Tensor, generator: torch.Generator) -> Tensor:
        """Each word with what is put before it, [B, 2T]."""
        frequent = self.frequent.nonzero()[:, 0]
        if not len(frequent):
            return words
        drawn = frequent[torch.randint(len(frequent), words.shape, generator=generator)]
        here = (chances < self.config.insert) & (words != NULL)
        return torch.stack([torch.where(here, drawn, NULL), words], dim=2).flatten(1)


def _in_order(words: Tensor, keys: Tensor) -> Tensor:
    """Words in the order of keys, null last."""
    keys = keys.double().masked_fill(words == NULL, float("inf"))
    return words.gather(1, keys.argsort(dim=1, stable=True))


def _compact(words: Tensor) -> Tensor:
    """Null last, and no more of it than needed."""
    ordered = _in_order(words, torch.arange(words.shape[1]).expand_as(words))
    return ordered[:, : int((ordered != NULL).sum(dim=1).max())] if len(words) else ordered


def _padded(words: Tensor, length: int) -> Tensor:
    return torch.nn.functional.pad(words, (0, length - words.shape[1]), value=NULL)
