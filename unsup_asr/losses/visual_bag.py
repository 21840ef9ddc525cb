"""The words that a picture calls for are among those that are said, in whatever order and language.

A picture is a bag of words with soft counts, and so is what is written: speech is taught to detect the words of
its picture (Kamper et al. 2017; in another language, Kamper & Roth 2018). There tags come from a network that was
taught them and are detected in the utterance; here they come from unpaired captions, and segments share them out:
what stands beside every picture explains none of them.

Shapes: B utterances, T positions, V entries.
"""

from torch import Tensor

from unsup_asr.data.vocabulary import NULL

# Of a word that nothing makes likely, the logarithm must be finite.
_SMALL = 1e-8


def visual_bag_loss(probabilities: Tensor, mask: Tensor, called: Tensor, unseen: Tensor) -> Tensor:
    """The words' deviance, were their numbers Poisson-distributed: Σ_v c log(c / r) − c + r, on average.

    r(v) = Σ_t q_t(v) + u(v) is how often word v is expected: by what is written, and anyway. A segment pays for
    each word that it writes, and so yields null rather than one that no picture calls for.

    Args:
        probabilities: q [B, T, V], zero where mask is false.
        mask: [B, T], true where a segment stands.
        called: c [B, V], how often each word is called for by the picture.
        unseen: u [V], how often each word is expected whatever is said; captions have words that show nowhere.
    """
    words = slice(NULL + 1, None)
    wanted = called[:, words]
    expected = (probabilities * mask[..., None]).sum(dim=1)[:, words] + unseen[words] + _SMALL
    deviance = wanted * ((wanted + _SMALL).log() - expected.log()) - wanted + expected
    return deviance.sum(dim=1).mean()
