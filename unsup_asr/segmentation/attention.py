"""What a VG-HuBERT looks at, to be shown."""

import numpy as np
import numpy.typing as npt
import torch

from segmenters.speech import Speech
from segmenters.vg_hubert.model import VGHubert
from segmenters.vg_hubert.segmenter import VGHubertSegmenter
from unsup_asr.segmentation.speech_segmenter import SpeechSegmenter


def cls_attention(segmenter: SpeechSegmenter, speech: Speech) -> npt.NDArray[np.float32] | None:
    """The CLS token's attention [heads, T] in the layer that the segmenter looks at; None for other methods."""
    model, words = segmenter.learned, segmenter.segmenter
    if not isinstance(model, VGHubert) or not isinstance(words, VGHubertSegmenter):
        return None
    layer = words.config.attention.layer
    with torch.inference_mode():
        states = model.states(torch.from_numpy(speech.samples)[None], layer)
        attention: npt.NDArray[np.float32] = model.cls_attention(states, layer)[0].numpy()
    return attention
