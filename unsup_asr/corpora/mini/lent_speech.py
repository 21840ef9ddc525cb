"""Recordings and pictures that another mini corpus has already: studies of captions or sizes make them once."""

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from unsup_asr.corpora.mini.build import SPLITS, MiniConfig
from unsup_asr.data.manifest import Utterance, read_manifest, write_manifest

# Settings that decide how an utterance is said and drawn, whatever else is in its corpus.
_SPOKEN = ("language", "image_size", "snr", "rate", "seed")


def take_lent_speech(config: MiniConfig, folder: Path, lenders: Iterable[tuple[Path, Any]]) -> None:
    """Give a corpus those splits, without its captions, that others have: the bytes it would make itself.

    Utterance k of a split is the same in every corpus that speaks alike, so that a split is the first part of
    any longer one. Files are linked, and copied only where the file system has no links.

    Args:
        config: of the corpus.
        folder: of the corpus; splits that it has are left as they are.
        lenders: finished corpora, each as its folder and its settings as JSON.
    """
    wanted = json.loads(json.dumps(asdict(config)))
    alike = [
        (lender, settings)
        for lender, settings in lenders
        if all(settings[name] == wanted[name] for name in _SPOKEN)
    ]
    for split in SPLITS:
        longer = (lender for lender, settings in alike if settings[split] >= wanted[split])
        lender = next(longer, None)
        if lender is not None and not (folder / f"{split}.jsonl").exists():
            lent = read_manifest(lender / f"{split}.jsonl")[: wanted[split]]
            write_manifest(folder / f"{split}.jsonl", [_taken(u, lender, folder) for u in lent])


def _taken(utterance: Utterance, lender: Path, folder: Path) -> Utterance:
    """The utterance with files of its own."""
    assert utterance.image_filepath is not None
    audio, image = (
        link(path, lender, folder) for path in (utterance.audio_filepath, utterance.image_filepath)
    )
    return replace(utterance, audio_filepath=audio, image_filepath=image)


def link(path: Path, lender: Path, folder: Path) -> Path:
    """The same file in another folder, by the same relative path; a copy only where there are no links."""
    own = folder / path.relative_to(lender)
    own.parent.mkdir(parents=True, exist_ok=True)
    own.unlink(missing_ok=True)  # of a corpus that was broken off
    try:
        os.link(path, own)
    except OSError:  # no links on this file system
        shutil.copy2(path, own)
    return own
