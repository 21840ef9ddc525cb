"""The mini corpora of several languages as one: other people describe the same scenes, each in their own."""

from dataclasses import replace
from pathlib import Path

from unsup_asr.corpora.mini.build import CAPTIONS, SPLITS, MiniConfig, prepare_mini
from unsup_asr.corpora.mini.lent_speech import link
from unsup_asr.data.manifest import read_manifest, write_manifest
from unsup_asr.errors import UsageError


def by_folder(config: MiniConfig, folder: Path) -> dict[Path, MiniConfig]:
    """The corpora of one language that a corpus consists of, by where they lie; the corpus itself, if it has one.

    Args:
        config: of the corpus.
        folder: of the corpus.

    Raises:
        UsageError: a language is named twice.
    """
    if not config.others:
        return {folder: config}
    languages = (config.language, *config.others)
    if len(set(languages)) < len(languages):
        fault = f"languages are {', '.join(languages)}"
        raise UsageError(fault, where="data.others", remedy="name each language once")
    return {folder / language: replace(config, language=language, others=[]) for language in languages}


def prepare_languages(config: MiniConfig, folder: Path) -> None:
    """Write the corpus into `folder`: that of its language, or those of several, and manifests that join them.

    The joined utterances are called LANGUAGE-ID; descriptions of one scene have the same picture.

    Args:
        config: sizes and seed.
        folder: gets `train.jsonl`, …, `captions.txt`, and a folder a language where there are several.

    Raises:
        UsageError, InputError: as `prepare_mini` and `by_folder` do.
    """
    corpora = by_folder(config, folder)
    for own, alone in corpora.items():
        prepare_mini(alone, own)
    if not config.others:
        return
    for split in SPLITS:
        utterances = (each for own in corpora for each in read_manifest(own / f"{split}.jsonl"))
        named = (replace(each, id=f"{each.lang}-{each.id}") for each in utterances)
        write_manifest(folder / f"{split}.jsonl", named)
    first = next(iter(corpora))
    link(first / CAPTIONS, first, folder)
