"""The mini corpus as files: spoken descriptions of pictures, and unpaired captions.

Everything is a function of the configuration: utterance k of a split has random numbers of its own, so parts
can be made in any order, by any number of processes, and again after a crash, with the same bytes.
"""

import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from unsup_asr.corpora.mini.clip_pictures import MiniPicturesConfig
from unsup_asr.corpora.mini.description import ENGLISH, Description, describe
from unsup_asr.corpora.mini.drawing import draw
from unsup_asr.corpora.mini.english import realise, realise_plain
from unsup_asr.corpora.mini.noise import noisy
from unsup_asr.corpora.mini.speech import SAMPLE_RATE, Request, Spoken, speak
from unsup_asr.corpora.mini.translations import translations
from unsup_asr.corpora.mini.voices import voices
from unsup_asr.corpora.parts import make_parts, parts
from unsup_asr.data.manifest import Utterance, read_manifest, write_manifest
from unsup_asr.errors import UsageError
from unsup_asr.files import write_text
from unsup_asr.processes import worker_processes

SPLITS = ("train", "validation", "test")
CAPTIONS = "captions.txt"
CAPTION_STYLES = {"same_style": realise, "other_style": realise_plain}


@dataclass
class MiniConfig:
    """The mini corpus.

    Attributes:
        language: of the speech: `en`, or one of `unsup_asr.corpora.mini.languages`, such as `hi` or `ja`.
        others: further languages, in which others describe the same scenes; each has as many utterances.
        train: utterances to learn from.
        validation: utterances to choose with; their voices are never heard in training.
        test: utterances for the score; their voices are heard nowhere else.
        unpaired: captions that belong to no spoken picture.
        captions: `same_style` as the speech, or `other_style`, a visibly different grammar.
        pictures: what its CLIP learns from.
        image_size: side of the spoken pictures in pixels.
        snr: lowest and highest signal-to-noise ratio of the speech in dB.
        rate: slowest and fastest speech in words a minute.
        seed: of everything drawn here.
    """

    language: str = "en"
    train: int = 4000
    validation: int = 300
    test: int = 400
    unpaired: int = 20000
    captions: str = "same_style"
    pictures: MiniPicturesConfig = field(default_factory=MiniPicturesConfig)
    image_size: int = 128
    snr: tuple[float, float] = (15.0, 30.0)
    rate: tuple[int, int] = (140, 190)
    seed: int = 0
    others: list[str] = field(default_factory=list)


def prepare_mini(config: MiniConfig, folder: Path) -> None:
    """Write the corpus of one language into `folder`; parts that are there already are not made again.

    Args:
        config: sizes and seed; of its other languages `languages_together` makes use.
        folder: gets `train.jsonl`, …, `captions.txt`, `audio/` and `images/`.

    Raises:
        UsageError: an unknown caption style.
        InputError: the synthesiser is not installed, or nobody speaks that language.
    """
    if config.captions not in CAPTION_STYLES:
        raise UsageError(
            f"data.captions={config.captions!r} is no style of the mini corpus",
            remedy=f"choose from {', '.join(CAPTION_STYLES)}",
        )
    for split in SPLITS:
        voices(config.language, split)
    with worker_processes() as pool:
        for split in SPLITS:
            _make_split(config, split, folder, pool)
    if not (folder / CAPTIONS).exists():
        say = CAPTION_STYLES[config.captions]
        described = (describe(config.seed, "captions", index) for index in range(config.unpaired))
        lines = (" ".join(say(description.message, rng)) + "\n" for description, rng in described)
        write_text(folder / CAPTIONS, "".join(lines))
    if (folder / "parts").exists():
        shutil.rmtree(folder / "parts")


def pictures_are_there(folder: Path, split: str) -> Path:
    """The file that says that a split's pictures need not be drawn, since another corpus lends them."""
    return folder / "parts" / f"{split}-pictures"


def _make_split(config: MiniConfig, split: str, folder: Path, pool: ProcessPoolExecutor) -> None:
    """Make the utterances of one split, part by part, and join the parts' manifests."""
    if (folder / f"{split}.jsonl").exists():
        return
    files = {part: folder / "parts" / f"{split}-{part.start}.jsonl" for part in parts(getattr(config, split))}
    make_parts(f"drawing and speaking ({split})", files, partial(_make_part, config, split, folder), pool)
    utterances = (utterance for file in files.values() for utterance in read_manifest(file))
    write_manifest(folder / f"{split}.jsonl", utterances)


def _make_part(config: MiniConfig, split: str, folder: Path, part: range, file: Path) -> None:
    """Write the utterances of a part, and at last its manifest, which vouches for the other files.

    So these are written plainly and synced together: file by file, that would take half the time of all.
    """
    for kind in ("audio", "images"):
        (folder / kind / split).mkdir(parents=True, exist_ok=True)
    described = [describe(config.seed, split, index, config.language) for index in part]
    requests = [_request(config, split, description, rng) for description, rng in described]
    heard = speak(requests, processes=1)
    utterances = [
        _utterance(config, split, folder, index, description, request, spoken, rng)
        for index, request, (description, rng), spoken in zip(part, requests, described, heard, strict=True)
    ]
    os.sync()
    write_manifest(file, utterances)


def _utterance(
    config: MiniConfig,
    split: str,
    folder: Path,
    index: int,
    description: Description,
    request: Request,
    spoken: Spoken,
    rng: np.random.Generator,
) -> Utterance:
    """Write the recording and the picture of one utterance."""
    id = f"{split}-{index:05d}"
    audio, image = (
        folder / "audio" / split / f"{index:05d}.wav",
        folder / "images" / split / f"{index:05d}.png",
    )
    samples = noisy(spoken.samples, float(rng.uniform(*config.snr)), rng)
    with audio.open("wb") as file:  # named, it would be synced by libsndfile
        soundfile.write(file, samples, SAMPLE_RATE, format="WAV", subtype="PCM_16")
    if not pictures_are_there(folder, split).exists():
        draw(description.scene, config.image_size).save(image, format="PNG", compress_level=1)
    return Utterance(
        id=id,
        audio_filepath=audio,
        duration=len(samples) / SAMPLE_RATE,
        lang=config.language,
        speaker=request.voice.name,
        image_filepath=image,
        image_id=id,
        text=" ".join(description.words),
        translations=_references(config, split, description, rng),
        words=tuple(
            replace(heard, word=word) for heard, word in zip(spoken.words, description.words, strict=True)
        ),
    )


def _references(
    config: MiniConfig, split: str, description: Description, rng: np.random.Generator
) -> tuple[str, ...]:
    """What the output is scored against where the speech is not English; what is learned from has none."""
    if config.language == ENGLISH or split == "train":
        return ()
    return translations(description.message, rng)


def _request(config: MiniConfig, split: str, description: Description, rng: np.random.Generator) -> Request:
    speakers = voices(config.language, split)
    return Request(
        words=description.aloud,
        voice=speakers[int(rng.integers(len(speakers)))],
        rate=int(rng.integers(*config.rate, endpoint=True)),
        pitch=int(np.clip(rng.normal(50, 12), 20, 80)),
    )
