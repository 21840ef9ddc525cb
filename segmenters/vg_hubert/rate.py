"""A quantile for VG-HuBERT without gold: the one at which words come as fast as they should.

How many words there are a second follows from unpaired text and the mean length of utterances. Boundary scores
hang on the rate before anything else, and no transcript is read.
"""

from collections.abc import Sequence

import numpy as np
import torch

from segmenters.errors import SegmentationError
from segmenters.speech import Speech
from segmenters.vg_hubert.attention import attended, runs_of
from segmenters.vg_hubert.model import VGHubert

_QUANTILES = np.arange(0.1, 0.951, 0.025).round(3)


def quantile_at_rate(
    model: VGHubert, layer: int, utterances: Sequence[Speech], words_per_second: float
) -> float:
    """The quantile, of those from 0.1 to 0.95, whose segments come closest to a rate of words.

    Args:
        model: as it will segment.
        layer: whose attention counts, from 0.
        utterances: some unlabelled ones at 16 kHz; a hundred tell.
        words_per_second: the rate.

    Raises:
        SegmentationError: there is no utterance, or the rate is not above 0.
    """
    if not utterances or not words_per_second > 0:
        fault = f"{len(utterances)} utterances and {words_per_second} words a second tell no quantile"
        raise SegmentationError(fault, remedy="give some utterances and a rate above 0")
    counts = np.zeros(len(_QUANTILES))
    with torch.inference_mode():
        for speech in utterances:
            waveform = torch.from_numpy(speech.samples)[None]
            attention = model.cls_attention(model.states(waveform, layer), layer)[0]
            frames = [attended(attention, float(quantile)).numpy() for quantile in _QUANTILES]
            counts += [max(1, len(runs_of(each))) for each in frames]
    rates = counts / sum(speech.duration for speech in utterances)
    return float(_QUANTILES[np.abs(rates - words_per_second).argmin()])
