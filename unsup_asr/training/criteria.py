"""What can be said of greedy text without labels, as figures that runs are ranked and chosen by.

A language model alone is content with few words said over and over; dividing by the share of the vocabulary that
is used undoes that (wav2vec-U, Baevski et al. 2021). Neither tells exchangeable words apart; pictures do.
"""

from collections.abc import Sequence

import numpy as np

_TOLERANCE = np.log(1.2)


def used_likelihood(perplexity: float, vocabulary_use: float) -> float:
    """log U − NLL, what wav2vec-U maximises in the first place: log-probability a token, plus that of the use.

    Args:
        perplexity: of greedy text under the captions' n-gram model.
        vocabulary_use: U, the share of the caption vocabulary that the text uses, above 0, at most 1.
    """
    return float(np.log(vocabulary_use) - np.log(perplexity))


def weighted_perplexity(perplexity: float, vocabulary_use: float) -> float:
    """Perplexity over U², what wav2vec-U's published code minimises; arguments as in `used_likelihood`."""
    return perplexity / vocabulary_use**2


def picture_likelihood(perplexity: float, vocabulary_use: float, retrieval: float) -> float:
    """log retrieval + log U − NLL: it must read like captions, use their words, and fit its picture.

    Each is the logarithm of a share between 0 and 1 and none has a weight, so that nothing can be tuned.

    Args:
        perplexity, vocabulary_use: as in `used_likelihood`.
        retrieval: share of the texts whose own picture is found first, above 0, at most 1.
    """
    return float(np.log(retrieval)) + used_likelihood(perplexity, vocabulary_use)


def wav2vec_u_choice(
    perplexities: Sequence[float], vocabulary_uses: Sequence[float], log_probabilities: Sequence[float]
) -> int:
    """The index of the run that wav2vec-U's unsupervised cross-validation takes.

    The best by `used_likelihood` is the anchor; of those whose NLL is below the anchor's plus log(U / U of the
    anchor) plus log 1.2, that of the highest log-probability, not divided by length, is taken.

    Args:
        perplexities, vocabulary_uses: of each run, as in `used_likelihood`.
        log_probabilities: of each run's text as a whole, to any base.
    """
    nll, log_use = np.log(perplexities), np.log(vocabulary_uses)
    anchor = int(np.argmin(nll - log_use))
    near = nll < nll[anchor] + log_use - log_use[anchor] + _TOLERANCE
    return int(np.argmax(np.where(near, log_probabilities, -np.inf)))
