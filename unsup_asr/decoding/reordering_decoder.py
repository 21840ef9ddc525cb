"""A decoder that may leave the order of speech: the same scores, searched by the reordering beam."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.data.vocabulary import NULL
from unsup_asr.decoding.beam import NBest
from unsup_asr.decoding.decoder import CHUNK, Decoder
from unsup_asr.decoding.hypothesis import DecodedWord, Hypothesis
from unsup_asr.decoding.reordering import Heard, Reordered, ReorderingConfig, reorder


@dataclass(frozen=True)
class ReorderingDecoder(Decoder):
    """Writes English in the order of English.

    What `search` finds has for each segment what it yields, so that segments can learn from it; the texts of
    `decode` have words without a segment, too.

    Attributes:
        reordering: window, costs, beam.
        insertable: [m], entries that may be written without a segment.
    """

    reordering: ReorderingConfig
    insertable: Tensor

    @property
    def hypotheses(self) -> int:
        """Hypotheses found for each utterance."""
        return self.reordering.beam

    def greedy(self, spoken: SpokenWords) -> list[list[int]]:
        """The likeliest entries of each utterance, null left out and none put in, in the order of English.

        The language model has a say in their order alone.
        """
        heard = [torch.tensor(row, dtype=torch.long) for row in super().greedy(spoken)]
        written: list[list[int]] = []
        for first in range(0, len(heard), CHUNK):
            padded = nn.utils.rnn.pad_sequence(heard[first : first + CHUNK], batch_first=True)
            entries = padded.to(spoken.segments.device)
            found = reorder(
                Heard.certain(entries, entries != NULL), self.lm, self.insertable[:0], self.reordering
            )
            written += [text[text != NULL].tolist() for text in found.texts[:, 0]]
        return written

    def find(self, scores: Tensor, mask: Tensor) -> Reordered:
        """The best texts, whatever the order of their segments."""
        return reorder(Heard.of(scores, mask, self.reordering), self.lm, self.insertable, self.reordering)

    def _hypothesis(self, id: str, words: tuple[DecodedWord, ...], nbest: NBest, row: int) -> Hypothesis:
        assert isinstance(nbest, Reordered)
        text, sources = as_written(nbest, row, self.vocabulary.words)
        return Hypothesis(id, text, words, float(nbest.scores[row, 0]), sources)


def as_written(found: Reordered, row: int, names: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """The best text of a row and the segment of each of its words; `names` are those of the entries."""
    entries, sources = found.texts[row, 0], found.sources[row, 0]
    said = entries != NULL
    return " ".join(names[entry] for entry in entries[said].tolist()), tuple(sources[said].tolist())
