"""What a generator writes for a batch, with gradients: in the order of speech, or in that of English.

Shapes: B utterances, T segments or words, V entries.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from unsup_asr import parallel
from unsup_asr.data.spoken_words import SpokenBatch
from unsup_asr.data.vocabulary import NULL
from unsup_asr.decoding.hypothesis import UNHEARD
from unsup_asr.decoding.reordering_decoder import ReorderingDecoder
from unsup_asr.models.generator import straight_through

# Entries that the beam put in are certain; the others' logarithm must be finite.
_NEVER = 1e-9


@dataclass(frozen=True)
class WrittenText:
    """A batch of texts.

    Attributes:
        mask: [B, T], true where a segment or word stands.
        choices: [B, T, V], one-hot, with the gradient of the probabilities.
        probabilities, log_probabilities: [B, T, V], zero where nothing stands.
    """

    mask: Tensor
    choices: Tensor
    probabilities: Tensor
    log_probabilities: Tensor

    @classmethod
    def spoken(cls, batch: SpokenBatch, logits: Tensor) -> "WrittenText":
        """The likeliest entry of each segment, in the order of speech.

        Args:
            batch: what is heard.
            logits: [n, V], of its segments.
        """
        log_probabilities = batch.spread(logits.log_softmax(dim=-1))
        probabilities = batch.spread(logits.softmax(dim=-1))
        return cls(batch.mask, straight_through(probabilities), probabilities, log_probabilities)

    def reordered(self, decoder: ReorderingDecoder) -> "WrittenText":
        """The best text that the reordering beam makes of it; how sure the generator is of a segment moves along.

        The beam chooses words and places, and no gradient asks why: a word's goes to the segment that it came
        from (straight-through); words that were put in are certain, segments that yield nothing learn nothing.
        """
        found = decoder.find(decoder.acoustic_scores(self.log_probabilities.detach()), self.mask)
        # A place more: there is a text to read even where no word is heard in all of the batch.
        words = functional.pad(found.texts[:, 0], (0, 1), value=NULL)
        sources = functional.pad(found.sources[:, 0], (0, 1), value=UNHEARD)
        mask = words != NULL
        chosen = functional.one_hot(words, self.probabilities.shape[2]).to(self.probabilities)
        heard, segment = (sources != UNHEARD)[..., None], sources.clamp(min=0)[..., None].expand_as(chosen)
        own = torch.where(heard, self.probabilities.gather(1, segment), chosen) * mask[..., None]
        logs = torch.where(heard, self.log_probabilities.gather(1, segment), chosen.clamp(min=_NEVER).log())
        choices = chosen * mask[..., None] + (own - own.detach())
        return WrittenText(mask, choices, own, logs * mask[..., None])

    def by_all(self) -> "WrittenText":
        """That of the whole batch, whichever processes have heard it."""
        return WrittenText(*(parallel.gathered_padded(values) for values in vars(self).values()))
