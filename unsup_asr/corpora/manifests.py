"""One's own data: manifests of speech with pictures, and a file of captions."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from unsup_asr.corpora.preparation import CAPTIONS, RECORD
from unsup_asr.data.captions import read_captions
from unsup_asr.data.manifest import Utterance, read_manifest, write_manifest
from unsup_asr.errors import InputError, UsageError
from unsup_asr.files import write_text

# What stands for what in a prepared folder.
_PREPARED = {
    "manifest": "train.jsonl",
    "captions": CAPTIONS,
    "validation": "validation.jsonl",
    "test": "test.jsonl",
}


@dataclass
class ManifestsConfig:
    """Manifests and captions as they are.

    Attributes:
        folder: one that `unsup-asr prepare` wrote: what of the four files below is not named is taken from it.
        manifest: the training speech with its pictures.
        captions: unpaired English captions, one a line.
        validation: a manifest to choose checkpoints with; if None, `held_out` of the training pictures.
        test: a manifest to be scored, with `text` or `translations`; if None, nothing is scored.
        embeddings: a safetensors file of CLIP image embeddings by `image_id`, instead of picture files.
        held_out: share of the training pictures that is kept for validation where no manifest is named.
    """

    folder: str | None = None
    manifest: str | None = None
    captions: str | None = None
    validation: str | None = None
    test: str | None = None
    embeddings: str | None = None
    held_out: float = 0.05

    def __post_init__(self) -> None:
        if self.folder is not None:
            for name, file in _PREPARED.items():
                path = Path(self.folder) / file
                # A split of which nothing was usable is an empty file.
                if getattr(self, name) is None and path.is_file() and path.stat().st_size:
                    setattr(self, name, str(path))


def prepare_manifests(config: ManifestsConfig, folder: Path) -> None:
    """Write `train.jsonl`, `validation.jsonl`, `captions.txt` and, if there is a test, `test.jsonl`.

    Raises:
        UsageError: no manifest or no captions are named, or the folder was not prepared to the end.
        InputError: a file is missing or broken.
    """
    if config.folder is not None and not (Path(config.folder) / RECORD).is_file():
        fault = f"was not prepared to the end: {RECORD} is missing"
        raise UsageError(fault, where=config.folder, remedy="say: unsup-asr prepare CORPUS ROOT OUT")
    for name in ("manifest", "captions"):
        if getattr(config, name) is None:
            raise UsageError(
                f"data.{name} is missing", remedy=f"say data.{name}=FILE, or data.folder=PREPARED"
            )
    assert config.manifest is not None and config.captions is not None
    train = read_manifest(config.manifest)
    if config.validation:
        validation = read_manifest(config.validation)
    else:
        validation = [utterance for utterance in train if _held_out(utterance, config.held_out)]
        train = [utterance for utterance in train if not _held_out(utterance, config.held_out)]
    if not train or not validation:
        raise InputError(
            f"{len(train)} utterances are left for training and {len(validation)} for validation",
            where=config.manifest,
            remedy="give more data, or data.validation=FILE",
        )
    write_manifest(folder / "train.jsonl", train)
    write_manifest(folder / "validation.jsonl", validation)
    if config.test:
        write_manifest(folder / "test.jsonl", read_manifest(config.test))
    captions = read_captions(config.captions)
    write_text(folder / "captions.txt", "".join(" ".join(words) + "\n" for words in captions))


def _held_out(utterance: Utterance, share: float) -> bool:
    """Whether an utterance's picture is held out: a matter of the picture, so that none is on both sides."""
    picture = utterance.image_id or str(utterance.image_filepath)
    digest = hashlib.sha256(picture.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < share
