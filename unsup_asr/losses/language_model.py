"""The n-gram terms: what was written must read like captions.

Shapes: B utterances, T positions, V entries; a token is a word or a sentence's end. A bigram is [V + 1, V + 1] of
natural log-probabilities, its last row the sentence's start, its last column the sentence's end. Distributions q
are [B, T, V], zero where mask [B, T] is false; every utterance has at least one position.

The first two terms alone are least for one frequent sentence written everywhere, and where null may be written,
for nothing at all: the last two are their guards. Everyone who left guards out reports that collapse (wav2vec-U,
Baevski et al. 2021; positional unigram and skip-gram matching, Wang et al. 2023).
"""

import torch
from torch import Tensor

from lm.expectation import history_expectation
from lm.tensor_model import EntryLM
from unsup_asr.data.vocabulary import NULL


def expected_bigram_loss(probabilities: Tensor, mask: Tensor, bigram: Tensor) -> Tensor:
    """Perplexity term: cross-entropy per token under a bigram model, −Σ_t q_{t−1}ᵀ log P q_t / tokens.

    Its exponential is the perplexity that KenLM would report in expectation. Exact for independent positions,
    the gradient flows through the history, too. Without `unigram_matching_loss` it collapses onto the likeliest
    sentence.

    Args:
        probabilities: q.
        mask: true where a segment stands.
        bigram: log P.
    """
    inner = bigram[:-1, :-1]
    first = (probabilities[:, 0] @ bigram[-1, :-1]).sum()
    pairs = ((probabilities[:, :-1] @ inner) * probabilities[:, 1:]).sum()
    rows = torch.arange(len(probabilities), device=probabilities.device)
    last = (probabilities[rows, mask.sum(dim=1) - 1] @ bigram[:-1, -1]).sum()
    return -(first + pairs + last) / (mask.sum() + len(mask))


def expected_ngram_loss(probabilities: Tensor, mask: Tensor, model: EntryLM, history: Tensor) -> Tensor:
    """Perplexity term of any order: −Σ_t Σ_v q_t(v) log p(v | h_1 … h_{t−1}) / tokens along a drawn history h.

    Low variance and, in the mean over draws, exact; but no gradient flows through the history. Null costs
    nothing and is passed over in h, so without `length_loss` it collapses onto empty sentences, and without
    `unigram_matching_loss` onto the likeliest one.

    Args:
        probabilities: q.
        mask: true where a segment stands.
        model: the n-gram model over the entries.
        history: h [B, T], drawn from q.
    """
    expected = history_expectation(model, probabilities, mask.sum(dim=1), history)
    return -expected.sum() / (mask.sum() + len(mask))


def bigram_divergence_loss(
    probabilities: Tensor, log_probabilities: Tensor, mask: Tensor, bigram: Tensor
) -> Tensor:
    """KL form of the perplexity term: KL(q ‖ P) / tokens = cross-entropy − entropy of q, per token.

    Not less than 0, and 0 only where q is the bigram model itself, so certainty is not rewarded for its own sake;
    the likeliest words are still the cheapest certain ones, and `unigram_matching_loss` remains the guard.

    Args:
        probabilities: q.
        log_probabilities: log q where mask is true, zero elsewhere.
        mask: true where a segment stands.
        bigram: log P.
    """
    entropy = -(probabilities * log_probabilities).sum()
    return expected_bigram_loss(probabilities, mask, bigram) - entropy / (mask.sum() + len(mask))


def unigram_matching_loss(probabilities: Tensor, mask: Tensor, unigram: Tensor) -> Tensor:
    """KL(mean of the batch's distributions ‖ the captions' unigram distribution).

    Keeps every word in use as often as captions use it; without it the n-gram term writes the same frequent
    words everywhere (positional unigram matching, Wang et al. 2023, without the positions).

    Args:
        probabilities: [B, T, V].
        mask: true where a segment stands.
        unigram: [V], sums to one.
    """
    used = probabilities[mask].mean(dim=0)
    return (used * ((used + 1e-8).log() - (unigram + 1e-8).log())).sum()


def length_loss(probabilities: Tensor, mask: Tensor, length: float) -> Tensor:
    """Length guard: (mean number of words written / mean words of a caption − 1)², null not counted.

    Without it an n-gram term that null costs nothing is least where nothing is written. Of the batch, not of an
    utterance: captions do not say how long this utterance should be.

    Args:
        probabilities: q, with the share of null first.
        mask: true where a segment stands.
        length: words of the mean caption.
    """
    written = mask.sum() - probabilities[..., NULL].sum()
    return (written / (len(mask) * length) - 1).square()
