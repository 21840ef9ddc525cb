"""The denoiser at work on hypotheses: texts written anew, each word traced to the segment that it came from."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from lm.tensor_model import EntryLM
from unsup_asr.data.vocabulary import NULL, Vocabulary
from unsup_asr.decoding.hypothesis import UNHEARD, Hypothesis
from unsup_asr.decoding.rewriting import RewritingConfig, rewrite
from unsup_asr.models.denoiser import Denoiser

# Texts that are written anew at once.
_BATCH = 64


@dataclass(frozen=True)
class Rewriter:
    """Writes texts anew.

    Attributes:
        denoiser: trained.
        vocabulary: what can be written; other words of a text are lost.
        lm: the n-gram model over entries.
        content: [V], true for the words that carry content.
        config: bias and guards.
    """

    denoiser: Denoiser
    vocabulary: Vocabulary
    lm: EntryLM
    content: Tensor
    config: RewritingConfig

    def rewritten(self, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """The same utterances with better texts; segments and scores stay as they are."""
        index, names = self.vocabulary.index(), self.vocabulary.words
        noisy = [[index[word] for word in h.text.split() if word in index] for h in hypotheses]
        order = sorted(range(len(noisy)), key=lambda row: len(noisy[row]))
        texts: dict[int, list[int]] = {}
        for first in range(0, len(order), _BATCH):
            rows = order[first : first + _BATCH]
            better = self._batch([noisy[row] for row in rows])
            texts |= dict(zip(rows, better, strict=True))
        return [_with_text(h, [names[entry] for entry in texts[row]]) for row, h in enumerate(hypotheses)]

    def _batch(self, noisy: list[list[int]]) -> list[list[int]]:
        device = self.denoiser.bias.device
        sources = pad_sequence(
            [torch.tensor(row, dtype=torch.long) for row in noisy], batch_first=True, padding_value=NULL
        ).to(device)
        found = rewrite(self.denoiser, sources, self.lm, self.content, self.config)
        return [[entry for entry in row if entry != NULL] for row in found.tolist()]


def _with_text(hypothesis: Hypothesis, words: Sequence[str]) -> Hypothesis:
    """Each word has the source of the first equal one of the old text that has not been used."""
    left = defaultdict[str, deque[int]](deque)
    for word, source in zip(hypothesis.text.split(), sources_of(hypothesis), strict=True):
        left[word].append(source)
    sources = tuple(left[word].popleft() if left[word] else UNHEARD for word in words)
    return replace(hypothesis, text=" ".join(words), sources=sources)


def sources_of(hypothesis: Hypothesis) -> tuple[int, ...]:
    """The segment of each word of a text, `UNHEARD` where it has none."""
    if hypothesis.sources is not None:
        return hypothesis.sources
    return tuple(number for number, word in enumerate(hypothesis.words) for _ in word.word.split())
