"""What a search wrote for the training speech, word by word with times: what a student learns from."""

from dataclasses import dataclass

from torch import Tensor

from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.data.vocabulary import NULL
from unsup_asr.decoding.decoder import Decoder


@dataclass(frozen=True)
class SpokenText:
    """The text of one utterance.

    Attributes:
        entries: [n], entries of the vocabulary, none of them null.
        spans: [n, 2], where each word stands, in seconds.
        confidence: the geometric mean of the words' posteriors, 0–1; 0 where there is no word.
    """

    entries: Tensor
    spans: Tensor
    confidence: float


def decoded_texts(decoder: Decoder, spoken: SpokenWords, picture_scores: Tensor) -> list[SpokenText]:
    """The best text of every utterance.

    Args:
        decoder: a generator with the n-gram model.
        spoken: the training speech.
        picture_scores: log [U, V], how much likelier each entry is beside the picture.
    """
    texts = []
    for found in decoder.search(spoken, picture_scores):
        best = found.nbest.entries[:, 0]
        posteriors = found.nbest.posteriors(len(decoder.vocabulary)).gather(2, best[..., None])[..., 0]
        said = found.mask & (best != NULL)
        for row in range(len(best)):
            here = said[row]
            spans = spoken.spans[found.layout[row][here]]
            texts.append(SpokenText(best[row][here].cpu(), spans.cpu(), _confidence(posteriors[row][here])))
    return texts


def _confidence(posteriors: Tensor) -> float:
    # Rounding may leave a sum of shares at zero or above one.
    return float(posteriors.clamp(1e-9, 1.0).log().mean().exp()) if len(posteriors) else 0.0
