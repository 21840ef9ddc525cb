"""Pictures of rows of digits with true and false captions, for training and checking the corpus's CLIP."""

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from unsup_asr.corpora.digit_language import spell
from unsup_asr.corpora.digit_rows import draw_row
from unsup_asr.corpora.digit_seeds import generator
from unsup_asr.corpora.parts import make_parts, parts
from unsup_asr.data.captioned_pictures import CaptionedPictures, FalseCaption, TrueCaption
from unsup_asr.processes import worker_processes


@dataclass
class DigitPicturesConfig:
    """Rows of CLIP's own, in handwriting that the corpus does not show.

    Attributes:
        train: pictures to learn from.
        validation: pictures to check with, in handwriting not learned from.
        captions: captions of each.
    """

    train: int = 12000
    validation: int = 600
    captions: int = 2


def make_digit_pictures(
    config: DigitPicturesConfig, words: tuple[int, int], seed: int, split: str, folder: Path
) -> None:
    """Draw and caption the rows of one split, part by part, and join the parts in `folder`.

    All digits are equally frequent: what a speaker likes to say is not for CLIP to know.

    Args:
        config: how many.
        words: digits of the shortest and of the longest row; pictures have room for the longest.
        seed: of the corpus.
        split: `train` or `validation`.
        folder: gets `pixels.npy` and `captions.jsonl`; parts that are there already are not made again.
    """
    if not (folder / "captions.jsonl").exists():
        ranges = parts(getattr(config, split))
        files = {part: folder / "parts" / str(part.start) / "captions.jsonl" for part in ranges}
        make = partial(_make_part, config.captions, words, seed, split)
        with worker_processes() as pool:
            make_parts(f"drawing digits for CLIP ({split})", files, make, pool)
        made = [CaptionedPictures.read(file.parent) for file in files.values()]
        pixels = np.concatenate([part.pixels for part in made])
        CaptionedPictures(pixels, [captions for part in made for captions in part.captions]).write(folder)
    if (folder / "parts").exists():
        shutil.rmtree(folder / "parts")


def _make_part(captions: int, words: tuple[int, int], seed: int, split: str, part: range, file: Path) -> None:
    stream = f"clip_{split}"
    rows, described = [], []
    for number in part:
        rng = generator(seed, stream, number)
        digits = rng.integers(0, 10, size=rng.integers(words[0], words[1] + 1)).tolist()
        rows.append(np.asarray(draw_row(digits, stream, words[1], rng)))
        described.append([_true_caption(digits, words, rng) for _ in range(captions)])
    CaptionedPictures(np.stack(rows), described).write(file.parent)


def _true_caption(digits: list[int], words: tuple[int, int], rng: np.random.Generator) -> TrueCaption:
    """The digits in random order, with false captions that name another bag of digits in the same order."""
    said = rng.permutation(digits).tolist()
    false = [FalseCaption("digit", tuple(spell(_with_another_digit(said, rng))))]
    if words[0] < words[1]:
        false.append(FalseCaption("count", tuple(spell(_with_another_count(said, words, rng)))))
    return TrueCaption(tuple(spell(said)), tuple(false))


def _with_another_digit(digits: list[int], rng: np.random.Generator) -> list[int]:
    place = int(rng.integers(len(digits)))
    other = (digits[place] + int(rng.integers(1, 10))) % 10
    return [*digits[:place], other, *digits[place + 1 :]]


def _with_another_count(digits: list[int], words: tuple[int, int], rng: np.random.Generator) -> list[int]:
    """One digit more or fewer, within the bounds: what no row shows would be false without a look at it."""
    adds = bool(rng.integers(2)) if words[0] < len(digits) < words[1] else len(digits) == words[0]
    if adds:
        place = int(rng.integers(len(digits) + 1))
        return [*digits[:place], int(rng.integers(10)), *digits[place:]]
    place = int(rng.integers(len(digits)))
    return [*digits[:place], *digits[place + 1 :]]
