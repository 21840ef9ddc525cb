"""Pictures of the mini world with true and false captions, for training and checking its CLIP."""

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from unsup_asr.corpora.mini.description import describe
from unsup_asr.corpora.mini.drawing import draw
from unsup_asr.corpora.mini.english import realise
from unsup_asr.corpora.mini.message import Message, choose_message
from unsup_asr.corpora.mini.minimal_pairs import HARDEST, KINDS, exchange
from unsup_asr.corpora.mini.scene import Scene
from unsup_asr.corpora.parts import make_parts, parts
from unsup_asr.data.captioned_pictures import CaptionedPictures, FalseCaption, TrueCaption
from unsup_asr.processes import worker_processes


@dataclass
class MiniPicturesConfig:
    """Scenes of CLIP's own.

    Attributes:
        train: pictures to learn from.
        validation: pictures to check with.
        captions: captions of each.
        image_size: side in pixels.
    """

    train: int = 24000
    validation: int = 1000
    captions: int = 4
    image_size: int = 96


def make_mini_pictures(config: MiniPicturesConfig, seed: int, split: str, folder: Path) -> None:
    """Draw and caption the scenes of one split, part by part, and join the parts in `folder`.

    Args:
        config: how many, how large.
        seed: of the world.
        split: `train` or `validation`.
        folder: parts that are there already are not made again.
    """
    if not (folder / "captions.jsonl").exists():
        ranges = parts(getattr(config, split))
        files = {part: folder / "parts" / str(part.start) / "captions.jsonl" for part in ranges}
        with worker_processes() as pool:
            what = f"drawing pictures for CLIP ({split})"
            make_parts(what, files, partial(_make_part, config, seed, split), pool)
        made = [CaptionedPictures.read(file.parent) for file in files.values()]
        pixels = np.concatenate([part.pixels for part in made])
        CaptionedPictures(pixels, [captions for part in made for captions in part.captions]).write(folder)
    if (folder / "parts").exists():
        shutil.rmtree(folder / "parts")


def _make_part(config: MiniPicturesConfig, seed: int, split: str, part: range, file: Path) -> None:
    pixels, captions = [], []
    for index in part:
        description, rng = describe(seed, f"clip_{split}", index)
        pixels.append(np.asarray(draw(description.scene, config.image_size)))
        first = _true_caption(description.scene, description.message, rng)
        others = [
            _true_caption(description.scene, choose_message(description.scene, rng), rng)
            for _ in range(config.captions - 1)
        ]
        captions.append([first, *others])
    CaptionedPictures(np.stack(pixels), captions).write(file.parent)


def _true_caption(scene: Scene, message: Message, rng: np.random.Generator) -> TrueCaption:
    """A caption with one false one of every kind of fact that it states, said the same way but for that fact."""
    form = int(rng.integers(2**31))
    false = []
    for kind in rng.permutation(KINDS):
        if changed := exchange(scene, message, str(kind), rng):
            false.append(FalseCaption(str(kind), tuple(realise(changed, np.random.default_rng(form)))))
    hardest_first = sorted(false, key=lambda caption: caption.kind != HARDEST)
    return TrueCaption(tuple(realise(message, np.random.default_rng(form))), tuple(hardest_first))
