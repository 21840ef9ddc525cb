"""Pictures and captions that another mini corpus has already: they are the same, whatever language is spoken."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from unsup_asr.corpora.mini.build import CAPTIONS, SPLITS, MiniConfig, pictures_are_there
from unsup_asr.corpora.mini.lent_speech import link
from unsup_asr.data.manifest import read_manifest
from unsup_asr.files import write_text

# Settings that decide how a scene is drawn, and which captions there are.
_DRAWN = ("image_size", "seed")
_WRITTEN = ("captions", "unpaired", "seed")


def take_lent_scenes(config: MiniConfig, folder: Path, lenders: Iterable[tuple[Path, Any]]) -> None:
    """Give a corpus those pictures and captions that others have: the bytes it would make itself.

    Args:
        config: of the corpus.
        folder: of the corpus; splits and captions that it has are left as they are.
        lenders: finished corpora, each as its folder and its settings as JSON.
    """
    wanted = json.loads(json.dumps(asdict(config)))
    finished = list(lenders)
    for split in SPLITS:
        drawn = [
            lender
            for lender, settings in finished
            if all(settings[name] == wanted[name] for name in _DRAWN) and settings[split] >= wanted[split]
        ]
        told = pictures_are_there(folder, split)
        if drawn and not told.exists() and not (folder / f"{split}.jsonl").exists():
            for utterance in read_manifest(drawn[0] / f"{split}.jsonl")[: wanted[split]]:
                assert utterance.image_filepath is not None
                link(utterance.image_filepath, drawn[0], folder)
            write_text(told, "")
    for lender, settings in finished:
        alike = all(settings[name] == wanted[name] for name in _WRITTEN)
        if alike and not (folder / CAPTIONS).exists():
            link(lender / CAPTIONS, lender, folder)
