"""Texts written anew by the denoiser: a beam with a bias to copy, a length guard, a price on new content words.

A text y for a source x scores log p(y | x) + λ log p_LM(y) − novelty · (content words of y that x has no token
for) − omission · (content tokens of x that y leaves out). The source itself is always among the texts that are
compared, so that what is good already stays.

Shapes: B sentences, S words of the longest source, V entries, K hypotheses, L most words of a text.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from lm.tensor_model import EntryLM
from unsup_asr.data.vocabulary import NULL
from unsup_asr.errors import UsageError
from unsup_asr.models.denoiser import Denoiser, Source


@dataclass
class RewritingConfig:
    """How far the denoiser may leave its source.

    Attributes:
        beam: hypotheses kept for each sentence.
        copy_bias: what is added to the log-odds of copying.
        novelty: cost of a content word that has no token of its own in the source, in natural logarithms.
        omission: cost of a content word of the source that the text leaves out.
        lm_weight: of the n-gram model's log-probability.
        shortest: words of the shortest text allowed, for each word of the source.
        longest: the same of the longest, beside `spare`.
        spare: words more, however short the source.
    """

    beam: int = 4
    copy_bias: float = 0.5
    novelty: float = 3.0
    omission: float = 0.0
    lm_weight: float = 0.3
    shortest: float = 0.7
    longest: float = 1.6
    spare: int = 2

    def __post_init__(self) -> None:
        if self.beam < 1 or not 0 <= self.shortest <= 1 <= self.longest or self.spare < 0:
            raise UsageError(
                f"a beam of {self.beam}, {self.shortest} to {self.longest} words a word and {self.spare} more",
                where="rewriting",
                remedy="give a hypothesis, and lengths that hold the source's own",
            )


@torch.no_grad()
def rewrite(
    denoiser: Denoiser, noisy: Tensor, lm: EntryLM, content: Tensor, config: RewritingConfig
) -> Tensor:
    """The best text for each source, [B, L], null beyond its end; nothing for nothing.

    Args:
        denoiser: trained.
        noisy: [B, S], the sources, null beyond their end.
        lm: the n-gram model over entries.
        content: [V], true for the words that carry content.
        config: bias, guards, beam.
    """
    denoiser.eval()
    search = _Rewriting(denoiser, noisy, lm, content, config)
    found, totals = search.run()
    length = max(found.shape[1], noisy.shape[1])
    found, own = (functional.pad(text, (0, length - text.shape[1]), value=NULL) for text in (found, noisy))
    kept = search.score(noisy) >= totals
    return torch.where(kept[:, None], own, found)


class _Rewriting:
    """One search; see `rewrite`."""

    def __init__(
        self, denoiser: Denoiser, noisy: Tensor, lm: EntryLM, content: Tensor, config: RewritingConfig
    ) -> None:
        self.denoiser, self.lm, self.config = denoiser, lm, config
        self.source = denoiser.read(noisy)
        lengths = (noisy != NULL).sum(dim=1)
        self.least = (config.shortest * lengths).long()
        self.most = torch.where(lengths > 0, (config.longest * lengths).long() + config.spare, 0)
        tokens = torch.zeros(len(noisy), lm.size, device=noisy.device)
        # Tokens of each word that a text has not used yet; other than content words need none.
        self.tokens = tokens.scatter_add(1, noisy, torch.ones_like(noisy, dtype=tokens.dtype))
        self.tokens[:, ~content] = float("inf")
        self.content = content

    def run(self) -> tuple[Tensor, Tensor]:
        """The best text of the beam for each source, and its score."""
        batch, beam = len(self.least), self.config.beam
        source = self.source.repeated(beam)
        totals = self.tokens.new_full((batch, beam), float("-inf"))
        totals[:, 0] = 0.0
        tokens = self.tokens[:, None].expand(-1, beam, -1)
        states = self.lm.start(batch)[:, None].expand(-1, beam)
        texts = torch.empty(batch, beam, 0, dtype=torch.long, device=totals.device)
        ended = torch.zeros_like(totals, dtype=torch.bool)
        for position in range(int(self.most.max()) + 1):
            scores, after = self._scored(source, texts, states, tokens)
            scores = self._guarded(scores, ended, position)
            size = scores.shape[2]
            totals, flat = (totals[..., None] + scores).flatten(1).topk(beam, dim=1)
            parents, choices = flat // size, flat % size
            states = after.flatten(1).gather(1, flat)
            texts = texts.gather(1, parents[..., None].expand(-1, -1, position))
            texts = torch.cat([texts, choices[..., None]], dim=2)
            tokens = tokens.gather(1, parents[..., None].expand(-1, -1, size))
            tokens = tokens.scatter_add(2, choices[..., None], -torch.ones_like(totals)[..., None])
            ended = ended.gather(1, parents) | (choices == NULL)
            if bool(ended.all()):
                break
        return texts[:, 0], totals[:, 0]

    def score(self, texts: Tensor) -> Tensor:
        """The score [B] of a given text for each source, as the search would have it."""
        ids = functional.pad(texts, (0, 1), value=NULL)
        log_p = self.denoiser.write(self.source, texts, self.config.copy_bias)
        counted = (ids == NULL).long().cumsum(dim=1) <= 1
        own = (log_p.gather(2, ids[..., None])[..., 0] * counted).sum(dim=1)
        fluency = self.lm.score(texts, (texts != NULL).sum(dim=1))
        return own + self.config.lm_weight * fluency

    def _scored(self, source: Source, texts: Tensor, states: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """[B, K, V] scores of what may follow, null for the end, and the language model's states."""
        shape = texts.shape[:2]
        log_p = self.denoiser.write(source, texts.flatten(0, 1), self.config.copy_bias)[:, -1]
        fluency, after = self.lm.advance(states.flatten())
        fluency[:, NULL] = self.lm.final(states.flatten())
        scores = (log_p + self.config.lm_weight * fluency).unflatten(0, shape)
        prices = self.config.novelty * (tokens < 1)
        left_out = tokens[..., self.content].clamp(min=0).sum(dim=2)
        prices[..., NULL] = self.config.omission * left_out
        return scores - prices, after.unflatten(0, shape)

    def _guarded(self, scores: Tensor, ended: Tensor, position: int) -> Tensor:
        """No end too soon, nothing but the end too late, and nothing at all after it."""
        is_end = torch.arange(scores.shape[2], device=scores.device) == NULL
        early, late = position < self.least, position >= self.most
        scores = scores.masked_fill(early[:, None, None] & is_end, float("-inf"))
        scores = scores.masked_fill((late[:, None] | ended)[..., None] & ~is_end, float("-inf"))
        return torch.where(ended[..., None] & is_end, 0.0, scores)
