"""From a recipe and `key=value` words to the configuration of a run, and its place in a run folder.

Hydra ends here: what leaves this file are plain dataclasses. A run folder's `config.yaml` is a configuration of
the same form as a recipe's, so that one way of reading serves both.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from hydra import compose as hydra_compose
from hydra import initialize_config_dir, initialize_config_module
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, MissingConfigException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from unsup_asr.cli.recipes import available_recipes
from unsup_asr.corpora.digits import DigitsConfig
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.errors import InputError, UsageError
from unsup_asr.files import write_text
from unsup_asr.pipeline.base_config import BaseConfig
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.speech_clip_config import SpeechClipRunConfig
from unsup_asr.pipeline.transfer_config import TransferConfig

FILE = "config.yaml"
# What a recipe's defaults may begin with.
KINDS: dict[str, type[BaseConfig]] = {
    "run_config": RunConfig,
    "speech_clip": SpeechClipRunConfig,
    "transfer": TransferConfig,
}
CORPORA = {"mini": MiniConfig, "digits": DigitsConfig, "manifests": ManifestsConfig}

_HYDRA_VERSION = "1.3"
_LONGEST_NAME = 200  # most file systems take 255 bytes

_STORE = ConfigStore.instance()
for _name, _kind in KINDS.items():
    _STORE.store(name=_name, node=_kind)
for _name, _corpus in CORPORA.items():
    _STORE.store(group="data", name=_name, node=_corpus)


def compose(recipe: str, overrides: Sequence[str] = ()) -> BaseConfig:
    """The configuration of a recipe with some values changed.

    Args:
        recipe: its name.
        overrides: `key=value` each.

    Raises:
        UsageError: there is no such recipe or key, or a value is none for its key.
    """
    recipes = available_recipes()
    if recipe not in recipes:
        fault = f"there is no recipe {recipe!r}"
        raise UsageError(fault, remedy=f"choose from {', '.join(recipes)}")
    parsed = [_parse(text) for text in overrides]
    where = initialize_config_module(f"recipes.{recipe}", version_base=_HYDRA_VERSION)
    return _composed(where, [override.input_line or "" for override in parsed])


def run_folder(recipe: str, overrides: Sequence[str] = ()) -> Path:
    """Where a run lies: `runs/RECIPE@key=value,…`, or what `run_dir=` says.

    Raises:
        UsageError: an override is not `key=value`.
    """
    values = {override.key_or_group: override for override in map(_parse, overrides)}
    if (chosen := values.pop("run_dir", None)) and chosen.value():
        return Path(str(chosen.value()))
    said = ",".join(f"{key}={_value_text(values[key])}" for key in sorted(values))
    name = re.sub(r"[^\w.,=+@-]+", "-", f"{recipe}@{said}" if said else recipe).rstrip("-")
    if len(name.encode()) > _LONGEST_NAME:
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = name.encode()[:_LONGEST_NAME].decode(errors="ignore") + f"-{digest}"
    return Path("runs") / name


def claim(folder: Path, config: BaseConfig) -> None:
    """Write the configuration into a new run folder; an older one there must be the same.

    Raises:
        UsageError: the folder is that of another configuration.
    """
    if (folder / FILE).exists():
        ours, theirs = _flat(config), _flat(read_config(folder))
        differing = [key for key in {**theirs, **ours} if ours.get(key) != theirs.get(key)]
        if differing:
            named = "; ".join(
                f"{key} is {theirs.get(key)} there, {ours.get(key)} here" for key in differing[:3]
            )
            more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""
            fault = f"holds a run of another configuration: {named}{more}"
            raise UsageError(fault, where=folder, remedy="say run_dir=FOLDER, or remove the old run")
        return
    kind = next(name for name, kind in KINDS.items() if type(config) is kind)
    header = OmegaConf.to_yaml({"defaults": [kind, {"data": _corpus_name(config)}, "_self_"]})
    write_text(folder / FILE, header + OmegaConf.to_yaml(OmegaConf.create(asdict(config))))


def read_config(folder: Path) -> BaseConfig:
    """The configuration of a run folder.

    Raises:
        InputError: there is no run, or it was configured for another version of this software.
    """
    if not (folder / FILE).is_file():
        raise InputError(f"no run folder: {FILE} is missing", where=folder, remedy="give the folder of a run")
    try:
        return _composed(initialize_config_dir(str(folder.resolve()), version_base=_HYDRA_VERSION), [])
    except UsageError as error:
        fault = f"{FILE} cannot be used: {error.what}"
        raise InputError(fault, where=folder, remedy="run the recipe anew") from error


def _composed(where: AbstractContextManager, overrides: list[str]) -> BaseConfig:
    try:
        with where:
            config = OmegaConf.to_object(hydra_compose("config", overrides))
    except MissingConfigException as error:
        fault = f"there is no {error.missing_cfg_file}"
        raise UsageError(fault, remedy=f"choose from {', '.join(error.options or ())}") from error
    except (HydraException, OmegaConfBaseException, YAMLError, ValueError) as error:
        raise _explained(error) from error
    assert isinstance(config, BaseConfig)
    _restore_tuples(config)
    return config


def _parse(text: str) -> Override:
    """One `key=value`; a value that is no Hydra syntax, or would be a sweep, is taken as it stands."""
    key, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[A-Za-z]\w*(\.\w+)*", key):
        raise UsageError(f"{text!r} is not key=value", remedy="for instance seed=1")
    known = dict.fromkeys(field.name for kind in KINDS.values() for field in fields(kind))
    if (first := key.partition(".")[0]) not in known:
        raise _unknown(first, list(known))
    parser = OverridesParser.create()
    try:
        override = parser.parse_override(text)
        if not override.is_sweep_override():
            return override
    except HydraException:
        pass
    quoted = value.replace("'", r"\'")
    return parser.parse_override(f"{key}='{quoted}'")


def _value_text(override: Override) -> str:
    """The value as it was said, without Hydra's quotes and brackets."""
    value = override.value()
    return value if isinstance(value, str) else override.get_value_element_as_str().strip("[]{}")


def _explained(error: Exception) -> UsageError:
    """What Hydra and OmegaConf say in several lines, in one."""
    if isinstance(error, InputError):
        return UsageError(error.what, where=error.where, remedy=error.remedy)
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else error
    key, owner = getattr(cause, "full_key", None), getattr(cause, "object_type", None)
    what = str(cause).split("\n")[0]
    if what.startswith("Key ") and is_dataclass(owner):
        return _unknown(str(key), [field.name for field in fields(owner)])
    return UsageError(what, where=key, remedy="give a value of the kind that the recipe has there")


def _unknown(key: str, names: Sequence[str]) -> UsageError:
    """The error about a key that is not among the names there."""
    above, dot, last = key.rpartition(".")
    near = get_close_matches(last, names, n=1)
    remedy = f"did you mean {above}{dot}{near[0]}?" if near else f"there are {', '.join(names)}"
    return UsageError(f"there is no key {key!r}", remedy=remedy)


def _restore_tuples(config: Any) -> None:
    """Give a dataclass, and those within, tuples where its fields are tuples: OmegaConf knows lists alone."""
    for name, hint in get_type_hints(type(config)).items():
        value = getattr(config, name)
        if get_origin(hint) is tuple:
            setattr(config, name, tuple(value))
        for item in value if isinstance(value, list) else [value]:
            if is_dataclass(item):
                _restore_tuples(item)


def _flat(config: BaseConfig) -> dict[str, Any]:
    """Values by dotted key. Where a run lies is no part of what it is."""
    values = dict(_leaves({**asdict(config), "data": {}}, ""))
    values |= {"data": _corpus_name(config)}
    if config.data is not None:
        values |= dict(_leaves(asdict(config.data), "data."))
    del values["run_dir"]
    return values


def _leaves(values: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _corpus_name(config: BaseConfig) -> str | None:
    return next((name for name, kind in CORPORA.items() if type(config.data) is kind), None)
