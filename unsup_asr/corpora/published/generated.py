"""Corpora that are made rather than fetched, as folders of files."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from unsup_asr.corpora.preparation import SPLITS, Preparation
from unsup_asr.data.manifest import read_manifest
from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError, UsageError
from unsup_asr.files import read_json, write_json

SETTINGS = "settings.json"

Config = TypeVar("Config")


def prepare_generated(
    corpus: str, config: Config, make: Callable[[Config, Path], None], folder: Path
) -> Preparation:
    """Make a corpus in a folder, where parts of it that are there already are not made again.

    Args:
        corpus: its name.
        config: a dataclass; what the corpus is made of.
        make: writes the manifests, `captions.txt`, recordings and pictures.
        folder: where they go, and where they are told of by `settings.json`.

    Raises:
        UsageError: the folder holds a corpus of other settings.
        InputError: as `make` does.
    """
    settings: dict[str, Any] = asdict(config)  # type: ignore[call-overload]
    _claim(folder, settings)
    try:
        make(config, folder)
    except InputError:
        _give_up(folder)
        raise
    splits = {split: read_manifest(folder / f"{split}.jsonl") for split in SPLITS}
    captions = read_lines(folder / "captions.txt")
    return Preparation(corpus, splits, captions, "gold", "sentences drawn for no picture")


def _give_up(folder: Path) -> None:
    """Where nothing could be made, corrected settings must not be taken for another corpus's."""
    if [path.name for path in folder.iterdir()] == [SETTINGS]:
        (folder / SETTINGS).unlink()


def _claim(folder: Path, settings: dict[str, Any]) -> None:
    path = folder / SETTINGS
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write_json(path, settings)
    there = read_json(path)
    # As they come back from JSON, which knows lists alone.
    write = {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}
    differing = [name for name in write if there.get(name) != write[name]]
    if differing:
        name = differing[0]
        fault = f"holds a corpus of other settings: {name} is {there.get(name)} there, {write[name]} here"
        raise UsageError(fault, where=folder, remedy="name a new folder")
