"""What a fairseq checkpoint says of its encoder beside the weights: `cfg`, or `args` before there was one."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

_Kind = TypeVar("_Kind")


@dataclass(frozen=True)
class Settings:
    """The settings of an encoder and of the waveforms it was trained on.

    Attributes:
        encoder: fairseq's own, by fairseq's names; empty where the file has none.
        task: those of the training it last went through.
    """

    encoder: Mapping[str, Any]
    task: Mapping[str, Any]

    @property
    def architecture(self) -> str:
        """`hubert`, `wav2vec2`, `data2vec_audio` or what else the file names; empty if it names none."""
        return said(self.encoder, "_name", str) or said(self.encoder, "arch", str) or ""


def read_settings(content: Mapping[str, Any]) -> Settings:
    """The settings in the top-level dictionary of a checkpoint.

    A fine-tuned model's are those of the encoder inside it, which it keeps as `w2v_args`; whether waveforms are
    normalised is asked of the fine-tuning first.
    """
    model, task = _model_and_task(content.get("cfg") or content.get("args"))
    within = model.get("w2v_args")
    if within is None:
        return Settings(model, task)
    encoder, first_task = _model_and_task(within)
    return Settings(encoder, {**first_task, **task})


def said(settings: Mapping[str, Any], name: str, kind: type[_Kind]) -> _Kind | None:
    """A setting, or None where it is missing or is an interpolation that was never resolved."""
    value = settings.get(name)
    return value if isinstance(value, kind) else None


def _model_and_task(settings: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """A `cfg` has groups, `args` are flat: there, model and task share one."""
    groups = _mapping(settings)
    if "model" not in groups:
        return groups, groups
    return _mapping(groups["model"]), _mapping(groups.get("task"))


def _mapping(settings: object) -> dict[str, Any]:
    """Models that fairseq never moved to `cfg` keep a Namespace inside it."""
    if isinstance(settings, Namespace):
        return vars(settings)
    return {str(name): value for name, value in settings.items()} if isinstance(settings, Mapping) else {}
