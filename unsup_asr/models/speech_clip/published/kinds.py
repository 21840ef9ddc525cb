"""Which of the family a checkpoint holds: kind and sizes from its weights, the rest from its settings."""

from dataclasses import dataclass, field
from typing import TypeVar

from torch import Tensor

from unsup_asr.models.speech_clip.config import (
    CIF,
    CLS,
    FIXED,
    LEARNABLE,
    NONE,
    QuantiserConfig,
    SpeechClipConfig,
)
from unsup_asr.models.speech_clip.published.checkpoint import (
    CASCADED,
    LAYERS,
    PARALLEL,
    TEMPERATURE,
    Published,
    other_architecture,
)

# What published models have where a file does not say.
_HEADS = {PARALLEL: 8, CASCADED: 1}
_TEMPERATURE = 0.07
_BASE_STATES = 13

_FEED_FORWARD = "self_att.model.layers.0.linear1.weight"
_Kind = TypeVar("_Kind")

_QUANTISER = "model_settings.cascaded_branch.vq.args"


@dataclass(frozen=True)
class Kind:
    """A model of the family.

    Attributes:
        config: ours.
        branch: the prefix of what was trained.
        temperature: what cosines of speech and pictures were divided by at the end of training.
        assumed: what the file did not say and was taken from other published models, a sentence each.
    """

    config: SpeechClipConfig
    branch: str
    temperature: float
    assumed: tuple[str, ...]


def kind_of(published: Published) -> Kind:
    """Tell the kind.

    Raises:
        InputError: it has both of SpeechCLIP's branches, or settings of which our models know nothing.
    """
    branches = [branch for branch in (CASCADED, PARALLEL) if published.part(branch)]
    if len(branches) > 1:
        fault = f"has {CASCADED}* and {PARALLEL}* beside each other, each with an attention"
        raise other_architecture(fault, published.path)
    return _Reading(published, branches[0], published.part(branches[0])).kind()


@dataclass
class _Reading:
    """One file on its way to a configuration; notes what it has to assume."""

    file: Published
    branch: str
    weights: dict[str, Tensor]
    assumed: list[str] = field(default_factory=list)

    def kind(self) -> Kind:
        is_parallel = self.branch == PARALLEL
        to_joint_space = "linear_proj." if is_parallel else "parallel_proj."
        config = SpeechClipConfig(
            parallel=is_parallel or self._has(to_joint_space),
            keywords=NONE if is_parallel else CIF if self._has("downsampling.") else CLS,
            heads=self._heads(),
            feed_forward=self._feed_forward(),
            parallel_hidden=self._hidden(to_joint_space),
            keyword_hidden=0 if is_parallel else self._hidden("linear_proj."),
            normalise_states=self._normalised(),
            batch_norm=self._has("bn_layer."),
        )
        config.dropout = self._attention("dropout", float, config.dropout)
        if config.keywords != NONE:
            config.quantiser = self._quantiser()
        if config.keywords == CLS:
            config.count = self._count()
        return Kind(config, self.branch, self._temperature(), tuple(self.assumed))

    def _has(self, prefix: str) -> bool:
        return any(name.startswith(prefix) for name in self.weights)

    def _attention(self, name: str, kind: type[_Kind], usual: _Kind) -> _Kind:
        stated = self.file.said(f"model_settings.{self.branch}transformer_args.{name}", kind)
        return usual if stated is None else stated

    def _heads(self) -> int:
        heads = self._attention("nhead", int, 0)
        if heads < 1:
            heads = _HEADS[self.branch]
            self.assumed.append(f"{heads} {'head' if heads == 1 else 'heads'} of the attention over HuBERT")
        return heads

    def _feed_forward(self) -> int:
        weight = self.weights.get(_FEED_FORWARD)
        return 0 if weight is None else max(1, len(weight) // max(1, weight[0].numel()))

    def _hidden(self, prefix: str) -> int:
        """Channels between two linear layers; 0 where there is one."""
        weight = self.weights.get(f"{prefix}sequential.0.weight")
        return 0 if weight is None else len(weight)

    def _count(self) -> int:
        vectors = self.weights.get("cascaded_cls", self.weights.get("cls"))
        if vectors is None or vectors.dim() != 3:
            raise other_architecture(f"lacks {self.branch}cls", self.file.path)
        return vectors.shape[1]

    def _normalised(self) -> bool:
        normalised = self.file.said("audio_encoder.normalize_hiddenstates", bool)
        if normalised is None and vars(self.file.settings):
            return False  # the published code's default
        if normalised is None:
            normalised = len(self.file.weights[LAYERS]) > _BASE_STATES
            self.assumed.append(f"hidden states {'normalised' if normalised else 'as they are'}")
        way = self.file.said("audio_encoder.normalize_type", str) or "s3prl"
        if normalised and way != "s3prl":
            raise other_architecture(f"normalises hidden states by {way}, expected s3prl", self.file.path)
        return normalised

    def _quantiser(self) -> QuantiserConfig:
        config = QuantiserConfig(gumbel=self.file.said(f"{_QUANTISER}.use_gumbel", bool) or False)
        stated = self.file.said(f"{_QUANTISER}.temp", str)
        if stated is None:
            self.assumed.append("a quantiser whose temperature is fixed")
        kind = FIXED if stated is None else stated.partition("=")[0]
        if kind not in (FIXED, LEARNABLE):
            fault = f"the temperature of its quantiser is {stated!r}, expected fixed=… or learnable=…"
            raise other_architecture(fault, self.file.path)
        config.kind = kind
        temperature = self.weights.get("vector_quantizer.curr_temp")
        if temperature is not None and temperature.numel() == 1:
            config.temperature = round(float(temperature), 6)
        return config

    def _temperature(self) -> float:
        """Theirs is the logarithm of what cosines are multiplied with, where it was learned."""
        learned = self.file.weights.get(TEMPERATURE)
        if learned is not None and learned.numel() == 1:
            return float((-learned).exp())
        stated = self.file.said("cl_loss.args.temperature", float)
        if stated is None:
            self.assumed.append(f"a loss of temperature {_TEMPERATURE}")
        return _TEMPERATURE if stated is None else stated
