"""What a collapse shows in: figures of what is written for a batch, to be held against those of real captions.

They cost a sort and a few sums an update, and no label. Shapes: B utterances, T segments or words, V entries.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from unsup_asr import parallel
from unsup_asr.data.vocabulary import NULL
from unsup_asr.training.loop import shuffled_batch
from unsup_asr.training.usage import Usage, usage

# Batches of captions that say what is usual.
_BATCHES = 16


@dataclass(frozen=True)
class Health:
    """The words of a batch, whether they are written or read.

    Attributes:
        top_word: share of the most used word among the words; null is none.
        words_in_use: exp of the entropy of the words' shares.
        null: share of the segments that yield nothing.
        log_perplexity: nats a word, of the texts under the captions' bigrams, null left out; None of words that
            no text is made of.
    """

    top_word: Tensor
    words_in_use: Tensor
    null: Tensor
    log_perplexity: Tensor | None = None

    def logged(self) -> dict[str, Tensor]:
        """The figures by name."""
        figures = {
            "top_word": self.top_word,
            "words_in_use": self.words_in_use,
            "null": self.null,
            "log_perplexity": self.log_perplexity,
        }
        return {name: value for name, value in figures.items() if value is not None}


@torch.no_grad()
def word_health(probabilities: Tensor) -> Health:
    """The health of a batch's words, whichever processes have heard them.

    Args:
        probabilities: [N, V], of each entry at the segments of this process.
    """
    said = parallel.summed(probabilities.sum(dim=0))
    used = _words_in_use(said)
    return Health(used.top_share, used.in_use, said[NULL] / said.sum())


@torch.no_grad()
def text_health(probabilities: Tensor, mask: Tensor, bigram: Tensor) -> Health:
    """The health of a batch of texts, all of it here.

    Args:
        probabilities: [B, T, V], of each entry at each segment; what is written is the likeliest.
        mask: [B, T], true where a segment stands.
        bigram: [V + 1, V + 1], log-probabilities; last row start, last column end.
    """
    shares = probabilities[mask].mean(dim=0)
    used, entries = _words_in_use(shares), probabilities.argmax(dim=-1)
    there = mask & (entries != NULL)
    return Health(used.top_share, used.in_use, shares[NULL], _log_perplexity(entries, there, bigram))


def usual_health(captions: Tensor, bigram: Tensor, batch: int) -> Health:
    """The mean figures of batches of captions: the entropy of a few captions' words is less than that of all.

    Args:
        captions: [C, T], entries, null beyond the end.
        bigram: as in `text_health`.
        batch: captions a batch.
    """
    found = []
    for step in range(min(_BATCHES, max(1, len(captions) // batch))):
        rows = captions[shuffled_batch(len(captions), batch, step, 0)]
        said = functional.one_hot(rows, len(bigram) - 1).float()
        found.append(torch.stack(list(text_health(said, rows != NULL, bigram).logged().values())))
    return Health(*torch.stack(found).mean(dim=0))


def _words_in_use(shares: Tensor) -> Usage:
    """The usage of all entries but null; where there is nothing but null, it is as if all were used."""
    return usage(shares[NULL + 1 :].clamp(min=torch.finfo(shares.dtype).tiny))


def _log_perplexity(entries: Tensor, there: Tensor, bigram: Tensor) -> Tensor:
    """−log P / tokens of the entries that are there, [B, T]; a token is a word or a sentence's end."""
    order = there.int().argsort(dim=1, descending=True, stable=True)
    words, there = entries.gather(1, order), there.gather(1, order)
    histories = torch.cat([torch.full_like(words[:, :1], len(bigram) - 1), words], dim=1)
    lengths = there.sum(dim=1, keepdim=True)
    inner = bigram[histories[:, :-1], words][there].sum()
    ends = bigram[histories.gather(1, lengths), -1].sum()
    return -(inner + ends) / (lengths.sum() + len(entries))
