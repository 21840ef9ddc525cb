"""Prepared corpora by name, each made once and kept in the cache."""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unsup_asr.corpora.digits import DigitsConfig, prepare_digits
from unsup_asr.corpora.manifests import ManifestsConfig, prepare_manifests
from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.corpora.mini.description import ENGLISH
from unsup_asr.corpora.mini.languages.reading import grammar_text
from unsup_asr.corpora.mini.languages_together import by_folder, prepare_languages
from unsup_asr.corpora.mini.lent_scenes import take_lent_scenes
from unsup_asr.corpora.mini.lent_speech import take_lent_speech
from unsup_asr.errors import UsageError
from unsup_asr.files import read_json, write_json

# Raised whenever the bytes of a generated corpus change, so that caches of older code are left alone.
_VERSION = 3
_COMPLETE = "complete.json"
# Settings that configurations have got since files were named by them, at the values that change nothing.
_LATER_DEFAULTS = {"precision": "float32", "bucketed": False, "others": []}


@dataclass(frozen=True)
class Corpus:
    """A prepared corpus.

    Attributes:
        name: `mini`, `digits` or `manifests`.
        folder: holds `train.jsonl`, `validation.jsonl`, `test.jsonl`, `captions.txt`; generated ones also
            `clip_train/` and `clip_validation/`.
        key: hash of all that it was made from.
    """

    name: str
    folder: Path
    key: str

    def manifest(self, split: str) -> Path:
        """The manifest of `train`, `validation` or `test`."""
        return self.folder / f"{split}.jsonl"

    @property
    def captions(self) -> Path:
        """The unpaired captions."""
        return self.folder / "captions.txt"

    def record(self) -> dict[str, str]:
        """Where its files are, for a run's `corpus.json`."""
        splits = {name: self.manifest(name) for name in ("train", "validation", "test")}
        there = {name: str(path) for name, path in splits.items() if path.exists()}
        return {**there, "captions": str(self.captions)}


_CORPORA: dict[type, tuple[str, Callable[[Any, Path], None]]] = {
    MiniConfig: ("mini", prepare_languages),
    DigitsConfig: ("digits", prepare_digits),
    ManifestsConfig: ("manifests", prepare_manifests),
}


def cache_folder() -> Path:
    """Where frozen things are kept: `$XDG_CACHE_HOME/unsup-asr`, else `~/.cache/unsup-asr`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unsup-asr"


def prepared(config: Any) -> Corpus:
    """The corpus of a configuration, made now unless the cache has it.

    Args:
        config: a `MiniConfig`, `DigitsConfig` or `ManifestsConfig`.

    Raises:
        UsageError: no corpus is configured.
    """
    if type(config) not in _CORPORA:
        raise UsageError("no corpus is configured", where="data", remedy="say data=mini, digits or manifests")
    name, prepare = _CORPORA[type(config)]
    key = _key(name, {**asdict(config), **_sources(config)})
    folder = cache_folder() / "corpora" / f"{name}-{key}"
    with locked(folder):
        if not (folder / _COMPLETE).exists():
            if isinstance(config, MiniConfig):
                lenders = [lender for made in _finished(name) for lender in _of_one_language(*made)]
                for own, alone in by_folder(config, folder).items():
                    take_lent_speech(alone, own, lenders)
                    take_lent_scenes(alone, own, lenders)
            prepare(config, folder)
            write_json(folder / _COMPLETE, asdict(config))
    return Corpus(name, folder, key)


def _key(name: str, made_of: dict[str, Any]) -> str:
    return fingerprint({"version": _VERSION, "corpus": name, **made_of, **_grammar(made_of)})


def _grammar(made_of: dict[str, Any]) -> dict[str, str]:
    """What the sentences of a generated corpus are made by, where that is a file that people may correct."""
    language, others = made_of.get("language", ENGLISH), made_of.get("others", [])
    texts = {} if language == ENGLISH else {"grammar": grammar_text(language)}
    return texts | {f"grammar_{each}": grammar_text(each) for each in others if each != ENGLISH}


def _finished(name: str) -> Iterator[tuple[Path, Any]]:
    """Folder and settings of the generated corpora of a name that are complete; those of older code are none."""
    for folder in sorted((cache_folder() / "corpora").glob(f"{name}-*")):
        if (folder / _COMPLETE).exists():
            settings = read_json(folder / _COMPLETE)
            if folder.name == f"{name}-{_key(name, settings)}":
                yield folder, settings


def _of_one_language(folder: Path, settings: Any) -> list[tuple[Path, Any]]:
    """The corpora of one language that a finished one consists of, with their settings."""
    others = settings.get("others", [])
    if not others:
        return [(folder, settings)]
    languages = (settings["language"], *others)
    return [(folder / each, {**settings, "language": each, "others": []}) for each in languages]


def fingerprint(value: Any) -> str:
    """A short hash of plain data: equal data, equal hash."""
    text = json.dumps(_without_later_defaults(value), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _without_later_defaults(value: Any) -> Any:
    later = list(_LATER_DEFAULTS.items())
    if isinstance(value, dict):
        said = [(key, item) for key, item in value.items() if (key, item) not in later]
        return {key: _without_later_defaults(item) for key, item in said}
    if isinstance(value, list | tuple):
        return [_without_later_defaults(item) for item in value]
    return value


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder of the cache against other processes; the lock goes with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sources(config: Any) -> dict[str, str]:
    """Hashes of the files that a corpus of one's own is made from: another content, another corpus."""
    if not isinstance(config, ManifestsConfig):
        return {}
    named = {
        name: getattr(config, name) for name in ("manifest", "captions", "validation", "test", "embeddings")
    }
    files = {name: Path(path) for name, path in named.items() if path and Path(path).is_file()}
    return {
        f"sha256_{name}": hashlib.sha256(path.read_bytes()).hexdigest() + str(path.resolve())
        for name, path in files.items()
    }
