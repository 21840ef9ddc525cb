"""What cached features are known by: the folder by all that decides about them, each by the speech itself."""

import json
import re
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import torch
from torch import Tensor

from unsup_asr.encoders import transformers_speech
from unsup_asr.encoders.names import EncoderName
from unsup_asr.encoders.speech import SpeechEncoder

# Half the space of float32, for a relative error of 1 in 2,000.
STORED_AS = torch.float16
# Rises when the same encoder would make other features.
_VERSION = 1


def audio_key(samples: Tensor, rate: int) -> str:
    """A hash of a waveform [n] at a rate: equal speech, equal key, whatever its file is called."""
    digest = blake2b(f"{rate} ".encode(), digest_size=16)
    digest.update(samples.detach().to("cpu", torch.float32).contiguous().numpy().data)
    return digest.hexdigest()


def features_key(
    name: str,
    encoder: SpeechEncoder,
    states: Sequence[int] | None = None,
    dtype: torch.dtype = STORED_AS,
) -> str:
    """The name of a folder for an encoder's features: another model, revision, choice or precision, another name.

    Args:
        name: `MODEL:LAYER`, of which the model's last part is put in front for people to read.
        encoder: the encoder, whose revision counts.
        states: which hidden states are kept; None is all.
        dtype: what they are stored in.
    """
    readable = re.sub(r"[^\w.-]", "_", Path(EncoderName.parse(name).model).name)
    windows = [transformers_speech.WINDOW_SECONDS, transformers_speech.CONTEXT_SECONDS]
    chosen = list(range(encoder.states) if states is None else states)
    facts = [_VERSION, encoder.revision, chosen, str(dtype), windows]
    return f"{readable}-{blake2b(json.dumps(facts).encode(), digest_size=8).hexdigest()}"
