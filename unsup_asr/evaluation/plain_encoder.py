"""What the speech encoder can do on its own: its frames averaged, and at most a linear map to CLIP's space.

What a SpeechCLIP model finds beyond this, its attention and its keywords have found.

Shapes: N utterances, P pictures, D channels of the encoder, E width of the joint space.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from unsup_asr.data.numbering import first_of_each
from unsup_asr.data.spoken_states import SpokenStates
from unsup_asr.evaluation.retrieval import RetrievalScores, retrieval_scores

# Utterances that are averaged at once.
_BATCH = 64
# Penalties of the ridge regression that validation chooses from, in multiples of a feature's variance.
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)


@dataclass(frozen=True)
class PooledSpeech:
    """A split of speech without a model.

    Attributes:
        features: [N, D], the mean frame of each utterance.
        images: [P, E], each picture once.
        image_of: [N], the row of each utterance's picture.
    """

    features: Tensor
    images: Tensor
    image_of: Tensor


def pooled_speech(spoken: SpokenStates) -> PooledSpeech:
    """A split of speech, the mean of all hidden states of all frames of each utterance."""
    pooled = []
    for rows in torch.arange(len(spoken)).split(_BATCH):
        states = spoken.source.states(rows)
        # Beyond an utterance's end states are zero.
        pooled.append((states.values.sum(dim=2) / states.lengths[:, None, None]).mean(dim=1))
    images = first_of_each(spoken.images, spoken.image_ids)
    return PooledSpeech(torch.cat(pooled), images, spoken.image_ids)


@dataclass(frozen=True)
class LinearMap:
    """Features to CLIP's space.

    Attributes:
        centre, scale: [D], of the training features.
        weights: [D, E].
        image_centre: [E], of the training pictures; both sides are compared about it.
    """

    centre: Tensor
    scale: Tensor
    weights: Tensor
    image_centre: Tensor

    def retrieval(self, speech: PooledSpeech) -> RetrievalScores:
        """How well mapped speech finds its picture, and is found by it."""
        mapped = ((speech.features.double() - self.centre) / self.scale) @ self.weights
        images = functional.normalize(speech.images.double() - self.image_centre, dim=1)
        return retrieval_scores(functional.normalize(mapped, dim=1), images, speech.image_of)


def fit_linear_map(speech: PooledSpeech, penalty: float) -> LinearMap:
    """Ridge regression from features to pictures, in closed form.

    Args:
        speech: the training split.
        penalty: of the weights, in multiples of a feature's variance.
    """
    features, images = speech.features.double(), speech.images.double()[speech.image_of]
    centre, image_centre = features.mean(dim=0), images.mean(dim=0)
    scale = features.std(dim=0, correction=0).clamp_min(1e-8)
    whitened = (features - centre) / scale
    gram = whitened.T @ whitened / len(features)
    gram.diagonal().add_(penalty)
    weights = torch.linalg.solve(gram, whitened.T @ (images - image_centre) / len(features))
    return LinearMap(centre, scale, weights, image_centre)


def linear_retrieval(train: PooledSpeech, validation: PooledSpeech, test: PooledSpeech) -> RetrievalScores:
    """Retrieval on the test split by the linear map whose penalty does best on validation (mean R@10)."""
    maps = [fit_linear_map(train, penalty) for penalty in PENALTIES]
    return max(maps, key=lambda fitted: fitted.retrieval(validation).mean.at_10).retrieval(test)


def untrained_retrieval(speech: PooledSpeech, seed: int = 0) -> RetrievalScores:
    """Retrieval by features that are projected at random, since they have another width: it is at chance."""
    generator = torch.Generator().manual_seed(seed)
    shape = speech.features.shape[1], speech.images.shape[1]
    projected = speech.features.double().cpu() @ torch.randn(shape, generator=generator, dtype=torch.double)
    return retrieval_scores(
        functional.normalize(projected, dim=1), speech.images.double().cpu(), speech.image_of
    )
