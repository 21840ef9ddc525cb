"""fairseq's HuBERT, wav2vec 2.0 and data2vec-audio into transformers' `save_pretrained` form, without fairseq."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    Data2VecAudioConfig,
    Data2VecAudioModel,
    HubertConfig,
    HubertModel,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2Model,
)

from unsup_asr.encoders.fairseq.checkpoint import Published, mismatches, other_architecture, read_published
from unsup_asr.encoders.fairseq.settings import said
from unsup_asr.encoders.fairseq.sizes import Configured, configure

_MODELS: dict[type, Any] = {
    HubertConfig: HubertModel,
    Wav2Vec2Config: Wav2Vec2Model,
    Data2VecAudioConfig: Data2VecAudioModel,
}
_RATE = 16000


@dataclass(frozen=True)
class Converted:
    """A published encoder in transformers' form.

    Attributes:
        model: a `HubertModel`, `Wav2Vec2Model` or `Data2VecAudioModel`, in evaluation mode.
        feature_extractor: prepares waveforms as the training did.
        assumed: what the file did not say and was taken from other published models, a sentence each.
        left_out: modules of the file that do not take part in computing frames.
    """

    model: Any
    feature_extractor: Wav2Vec2FeatureExtractor
    assumed: tuple[str, ...]
    left_out: tuple[str, ...]

    def save(self, folder: str | Path) -> None:
        """Write config.json, model.safetensors and preprocessor_config.json, for `from_pretrained`."""
        self.model.save_pretrained(folder)
        self.feature_extractor.save_pretrained(folder)


def convert(path: str | Path) -> Converted:
    """Read a `.pt` of fairseq: pre-trained or fine-tuned with CTC, base or large, with `cfg` or `args`.

    Raises:
        SegmentationError: the file is missing, damaged, or asks for a class that could run code.
        InputError: it holds another architecture.
    """
    return convert_published(read_published(path))


def convert_published(published: Published) -> Converted:
    """As `convert`, of an encoder that has been read already.

    Raises:
        InputError: it is another architecture.
    """
    configured = configure(published)
    return Converted(
        _filled(published, configured),
        _feature_extractor(published, configured),
        configured.assumed,
        published.left_out,
    )


def _filled(published: Published, configured: Configured) -> Any:
    model = _MODELS[type(configured.configuration)](configured.configuration)
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = published.weights | _identity_projection(published, expected)
    shapes = {name: tuple(tensor.shape) for name, tensor in found.items()}
    other = [name for name in expected if shapes.get(name, expected[name]) != expected[name]]
    fault = mismatches(
        {
            "lacks": [name for name in expected if name not in found],
            "has": [name for name in found if name not in expected],
            "differs in": [f"{name} {shapes[name]}, expected {expected[name]}" for name in other],
        }
    )
    if fault:
        raise other_architecture(fault, published.path)
    model.load_state_dict(found)
    return model.eval()


def _identity_projection(
    published: Published, expected: dict[str, tuple[int, ...]]
) -> dict[str, torch.Tensor]:
    """fairseq has no projection where the widths agree; the identity is the same, to the last bit."""
    projection = "feature_projection.projection"
    width, channels = expected[f"{projection}.weight"]
    if width != channels or f"{projection}.weight" in published.weights:
        return {}
    return {f"{projection}.weight": torch.eye(width), f"{projection}.bias": torch.zeros(width)}


def _feature_extractor(published: Published, configured: Configured) -> Wav2Vec2FeatureExtractor:
    return Wav2Vec2FeatureExtractor(
        sampling_rate=said(published.settings.task, "sample_rate", int) or _RATE,
        do_normalize=configured.normalize,
        # A group norm sees the padding whatever the mask says; its models were trained without one.
        return_attention_mask=getattr(configured.configuration, "feat_extract_norm", "layer") == "layer",
    )
