"""The transformers configuration of an encoder that fairseq published."""

from dataclasses import dataclass, field
from typing import Any

from transformers import Data2VecAudioConfig, HubertConfig, PretrainedConfig, Wav2Vec2Config

from segmenters.errors import SegmentationError
from segmenters.fairseq.convolutions import KERNELS, STRIDES, read_convolutions
from unsup_asr.encoders.fairseq.checkpoint import Published, other_architecture
from unsup_asr.encoders.fairseq.settings import said

# What all published models share, taken where a file does not say.
_HEAD_CHANNELS = 64

_ACTIVATIONS = {"gelu": "gelu", "relu": "relu", "gelu_fast": "gelu_new", "gelu_accurate": "gelu_new"}
_DROPOUTS = {
    "hidden_dropout": "dropout",
    "attention_dropout": "attention_dropout",
    "activation_dropout": "activation_dropout",
    "feat_proj_dropout": "dropout_input",
    "layerdrop": "encoder_layerdrop",
}
_CONVOLUTION = "feature_extractor.conv_layers.{}.conv.weight"
_POSITION = "encoder.pos_conv_embed.conv.parametrizations.weight.original1"
_POSITIONS = "encoder.pos_conv_embed.layers.{}.conv.weight"


@dataclass(frozen=True)
class Configured:
    """A configuration and how sure it is.

    Attributes:
        configuration: transformers' own, whose class tells the model's.
        normalize: whether waveforms are brought to mean 0 and variance 1.
        assumed: what the file did not say and was taken from other published models, a sentence each.
    """

    configuration: PretrainedConfig
    normalize: bool
    assumed: tuple[str, ...]


def configure(published: Published) -> Configured:
    """Sizes from the shapes of the weights; the rest from the settings, or from other published models.

    Raises:
        InputError: the settings contradict the weights, or transformers has no such model.
    """
    return _Reading(published).configured()


@dataclass
class _Reading:
    """One file on its way to a configuration; notes what it has to assume."""

    file: Published
    assumed: list[str] = field(default_factory=list)

    def configured(self) -> Configured:
        common = self._front_end() | self._transformer() | self._dropouts()
        if depth := len(self.file.shapes(_POSITIONS, 3)):
            configuration = self._data2vec(depth, common)
        else:
            kind = HubertConfig if self._is_hubert() else Wav2Vec2Config
            configuration = kind(**common, **self._position(), do_stable_layer_norm=self._norm_first(False))
        return Configured(configuration, self._normalize(), tuple(self.assumed))

    @property
    def _every_norm(self) -> bool:
        """Whether each convolution has a layer norm (`extractor_mode`), or the first a group norm."""
        return "feature_extractor.conv_layers.1.layer_norm.weight" in self.file.weights

    @property
    def _width(self) -> int:
        return self.file.shape("encoder.layer_norm.weight", 1)[0]

    def _front_end(self) -> dict[str, Any]:
        convolutions = self.file.shapes(_CONVOLUTION, 3)
        kernels = tuple(kernel for *_, kernel in convolutions)
        return {
            "conv_dim": tuple(channels for channels, *_ in convolutions),
            "conv_kernel": kernels,
            "conv_stride": self._strides(kernels),
            "conv_bias": "feature_extractor.conv_layers.0.conv.bias" in self.file.weights,
        }

    def _strides(self, kernels: tuple[int, ...]) -> tuple[int, ...]:
        notation = said(self.file.settings.encoder, "conv_feature_layers", str)
        if notation is None:
            if kernels != KERNELS:
                fault = f"its convolutions have kernels {kernels}, whose strides only settings tell"
                raise other_architecture(fault, self.file.path)
            self.assumed.append(f"strides {STRIDES} of the convolutions")
            return STRIDES
        try:
            convolutions = read_convolutions(notation)
        except SegmentationError as error:
            raise other_architecture(error.what, self.file.path) from error
        if (stated := tuple(convolution.kernel for convolution in convolutions)) != kernels:
            fault = f"its convolutions have kernels {kernels}, its settings say {stated}"
            raise other_architecture(fault, self.file.path)
        return tuple(convolution.stride for convolution in convolutions)

    def _transformer(self) -> dict[str, Any]:
        intermediate = "encoder.layers.0.feed_forward.intermediate_dense.weight"
        masked = {} if "masked_spec_embed" in self.file.weights else {"mask_time_prob": 0.0}
        return masked | {
            "hidden_size": self._width,
            "num_hidden_layers": len(self.file.shapes("encoder.layers.{}.layer_norm.weight", 1)),
            "num_attention_heads": self._heads(),
            "intermediate_size": self.file.shape(intermediate, 2)[0],
            "hidden_act": self._activation(),
        }

    def _heads(self) -> int:
        heads = said(self.file.settings.encoder, "encoder_attention_heads", int)
        if heads is None:
            heads = max(1, self._width // _HEAD_CHANNELS)
            self.assumed.append(f"{heads} attention heads, of {self._width // heads} channels each")
        if heads < 1 or self._width % heads:
            fault = f"its {self._width} channels do not divide among {heads} heads"
            raise other_architecture(fault, self.file.path)
        return heads

    def _activation(self) -> str:
        name = said(self.file.settings.encoder, "activation_fn", str) or "gelu"
        if name not in _ACTIVATIONS:
            fault = f"activation_fn is {name}, expected one of {', '.join(_ACTIVATIONS)}"
            raise other_architecture(fault, self.file.path)
        return _ACTIVATIONS[name]

    def _dropouts(self) -> dict[str, float]:
        stated = {ours: self.file.settings.encoder.get(theirs) for ours, theirs in _DROPOUTS.items()}
        return {name: float(value) for name, value in stated.items() if isinstance(value, int | float)}

    def _position(self) -> dict[str, Any]:
        _, channels, kernel = self.file.shape(_POSITION, 3)
        return {
            "num_conv_pos_embeddings": kernel,
            "num_conv_pos_embedding_groups": self._groups(channels),
            "feat_extract_norm": "layer" if self._every_norm else "group",
        }

    def _groups(self, channels: int) -> int:
        if self._width % channels:
            fault = f"its {self._width} channels do not divide into groups of {channels} for position"
            raise other_architecture(fault, self.file.path)
        return self._width // channels

    def _data2vec(self, depth: int, common: dict[str, Any]) -> PretrainedConfig:
        """Several convolutions for position; transformers has these with norms behind and in every layer."""
        if self._norm_first(True):
            fault = f"has {depth} convolutions for position and norms first, which transformers has not"
            raise other_architecture(fault, self.file.path)
        _, channels, kernel = self.file.shape(_POSITIONS.format(0), 3)
        return Data2VecAudioConfig(
            **common,
            num_conv_pos_embeddings=depth,
            conv_pos_kernel_size=kernel,
            num_conv_pos_embedding_groups=self._groups(channels),
        )

    def _norm_first(self, several_positions: bool) -> bool:
        stated = said(self.file.settings.encoder, "layer_norm_first", bool)
        if stated is not None:
            return stated
        first = self._every_norm and not several_positions
        self.assumed.append(f"layer norms {'before' if first else 'behind'} attention and feed-forward")
        return first

    def _is_hubert(self) -> bool:
        """HuBERT and wav2vec 2.0 compute the same; only transformers' names of their models differ."""
        return "hubert" in self.file.settings.architecture or "label_embs_concat" in self.file.left_out

    def _normalize(self) -> bool:
        stated = said(self.file.settings.task, "normalize", bool)
        if stated is not None:
            return stated
        state = "normalised" if self._every_norm else "as they are"
        self.assumed.append(f"waveforms {state}, as in published models of this kind")
        return self._every_norm
