"""From pooled segments to text: acoustic scores, beam search with the n-gram model, probabilities."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from lm.tensor_model import EntryLM
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.data.vocabulary import NULL, Vocabulary
from unsup_asr.decoding.beam import NBest, beam_search
from unsup_asr.decoding.hypothesis import Alternative, DecodedWord, Hypothesis
from unsup_asr.models.generator import WordGenerator

# Utterances that are searched, and segments that are scored, at once.
CHUNK, _PART = 256, 4096
_ALTERNATIVES = 4
# Null is no word of the captions; its log share must be finite all the same.
_NEVER = 1e-9


@dataclass
class DecoderConfig:
    """How scores become text.

    Attributes:
        beam: hypotheses kept for each utterance.
        acoustic_weight: what log q(w|x) − prior_scale · log p(w) is multiplied with, beside the n-gram
            model's log-probability.
        prior_scale: power of the prior that is taken out of the acoustic score, since the n-gram model brings
            it in again (hybrid decoding, Bourlard & Morgan 1994).
        prior_floor: share of the captions' word frequencies in the prior; the rest is how often the generator
            itself means each word, so that a word which it neglects is not lost for good.
        evidence_share: share of what a recogniser's frames say in the acoustic score, where there is a
            recogniser; the rest is the generator's.
    """

    beam: int = 16
    acoustic_weight: float = 1.0
    prior_scale: float = 1.0
    prior_floor: float = 0.1
    evidence_share: float = 0.5


@dataclass(frozen=True)
class Found:
    """What a search found for some utterances.

    Attributes:
        rows: [B], which utterances.
        layout: [B, T], rows of their segments, −1 where there is none.
        mask: [B, T], true where a segment stands.
        nbest: the hypotheses.
    """

    rows: Tensor
    layout: Tensor
    mask: Tensor
    nbest: NBest


@dataclass(frozen=True)
class Decoder:
    """The generator and the n-gram model, ready to write.

    Attributes:
        generator: scores segments.
        vocabulary: what can be written.
        lm: the n-gram model over entries.
        config: weights and beam.
    """

    generator: WordGenerator
    vocabulary: Vocabulary
    lm: EntryLM
    config: DecoderConfig

    @property
    def hypotheses(self) -> int:
        """Hypotheses found for each utterance."""
        return self.config.beam

    @torch.no_grad()
    def log_probabilities(self, segments: Tensor) -> Tensor:
        """log q(entry | segment), [n, V], of segments [n, S, D]."""
        self.generator.eval()
        logits: Tensor = self.generator(segments)
        return logits.log_softmax(dim=-1)

    def acoustic_scores(self, log_probabilities: Tensor) -> Tensor:
        """What speech says of each entry beyond its frequency, [..., V]."""
        prior = (self.prior() + _NEVER).log()
        return self.config.acoustic_weight * (log_probabilities - self.config.prior_scale * prior)

    def prior(self) -> Tensor:
        """How often each entry is meant, [V]: by the generator so far and, a little, by the captions."""
        counts = torch.tensor([float(entry.count) for entry in self.vocabulary.entries])
        captions = (counts / counts.sum()).to(self.generator.usage.device)
        return torch.lerp(self.generator.usage, captions, self.config.prior_floor)

    def greedy(self, spoken: SpokenWords) -> list[list[int]]:
        """The likeliest entries of each utterance without language model, null left out."""
        parts = spoken.segments.split(_PART)
        best = torch.cat([self.log_probabilities(part).argmax(dim=-1) for part in parts])
        return [[entry for entry in best[row[row >= 0]].tolist() if entry != NULL] for row in spoken.layout]

    def search(self, spoken: SpokenWords, hints: Tensor | None = None) -> Iterator[Found]:
        """Search all utterances, some hundred at a time.

        Args:
            spoken: the segments.
            hints: [U, V], log-scores of entries by utterance that are added at every position.
        """
        log_probabilities = self._by_part(spoken.segments)
        for rows in torch.arange(len(spoken)).split(CHUNK):
            layout = spoken.layout[rows]
            layout = layout[:, : int((layout >= 0).sum(dim=1).max())]
            mask = layout >= 0
            scores = self.acoustic_scores(log_probabilities(layout))
            if spoken.evidence is not None:
                evidence = spoken.evidence.dense(layout.clamp(min=0))
                evidence[..., NULL] = scores[..., NULL]  # a recogniser has left out what yields nothing
                scores = scores.lerp(evidence, self.config.evidence_share)
            if hints is not None:
                scores = scores + hints[rows, None]
            yield Found(rows, layout, mask, self.find(scores, mask))

    def find(self, scores: Tensor, mask: Tensor) -> NBest:
        """The best sentences by scores [B, T, V], where mask [B, T] is true."""
        return beam_search(scores, mask, self.lm, self.config.beam)

    def decode(self, spoken: SpokenWords) -> list[Hypothesis]:
        """The best text of every utterance, with times and probabilities."""
        hypotheses = []
        for found in self.search(spoken):
            posteriors = found.nbest.posteriors(len(self.vocabulary))
            for k, row in enumerate(found.rows.tolist()):
                segments = found.layout[k][found.mask[k]]
                length = len(segments)
                entries = found.nbest.entries[k, 0, :length]
                words = self._words(spoken.spans[segments], entries, posteriors[k, :length])
                hypotheses.append(self._hypothesis(spoken.ids[row], words, found.nbest, k))
        return hypotheses

    def _hypothesis(self, id: str, words: tuple[DecodedWord, ...], nbest: NBest, row: int) -> Hypothesis:
        """The best text of a row."""
        text = " ".join(word.word for word in words if word.word)
        return Hypothesis(id, text, words, float(nbest.scores[row, 0]))

    def _by_part(self, segments: Tensor) -> Callable[[Tensor], Tensor]:
        """The log-probabilities [B, T, V] of a layout [B, T]; those of all segments may not fit memory."""

        @lru_cache(maxsize=2)
        def part(number: int) -> Tensor:
            return self.log_probabilities(segments[number * _PART : (number + 1) * _PART])

        def of(layout: Tensor) -> Tensor:
            there = layout[layout >= 0]
            if not len(there):
                return segments.new_empty(*layout.shape, len(self.vocabulary))
            first, last = int(there.min()) // _PART, int(there.max()) // _PART
            scored = torch.cat([part(number) for number in range(first, last + 1)])
            return scored[(layout - first * _PART).clamp(min=0)]

        return of

    def _words(self, spans: Tensor, entries: Tensor, posteriors: Tensor) -> tuple[DecodedWord, ...]:
        names = self.vocabulary.words
        chances, others = posteriors.topk(min(_ALTERNATIVES, posteriors.shape[-1]), dim=-1)
        own = posteriors.gather(1, entries[:, None]).squeeze(1)
        rows = zip(
            entries.tolist(), spans.tolist(), own.tolist(), others.tolist(), chances.tolist(), strict=True
        )
        return tuple(
            DecodedWord(
                names[entry],
                round(span[0], 3),
                round(span[1], 3),
                round(chance, 4),
                tuple(
                    Alternative(names[other], round(p, 4))
                    for other, p in zip(ids, ps, strict=True)
                    if other != entry and p >= 0.001
                ),
            )
            for entry, span, chance, ids, ps in rows
        )
