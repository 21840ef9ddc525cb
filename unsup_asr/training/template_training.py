"""Templates fitted to what was read: a frame's state is that of the word it was read as part of."""

from collections.abc import Sequence

import torch
from torch import Tensor

from segmenters.recognised.templates import Example, WordTemplates
from segmenters.recognised.word_states import WordStates
from segmenters.speech import Frames
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.data.vocabulary import NULL
from unsup_asr.training.frame_words_training import places_of


def fitted_templates(
    like: WordStates, frames: Sequence[Frames], spoken: SpokenWords, read: Tensor
) -> WordTemplates:
    """One Gaussian for each state.

    Args:
        like: whose states, strides and durations these are.
        frames: of every utterance of `spoken`, in its order.
        spoken: the spans.
        read: [N], the entries that were read in them; null makes silence.
    """
    words = len(like.duration_mean)
    device = like.duration_mean.device
    examples = []
    for each, places in zip(frames, places_of(like, frames, spoken), strict=True):
        rows, thirds = places.unbind(dim=1)
        entries = torch.where(rows >= 0, read[rows.clamp(min=0)], NULL)
        states = torch.where(entries == NULL, 0, entries + thirds * words)
        examples.append(Example(each.values.to(device), states.to(device)))
    return WordTemplates(like, examples).to(device)
