"""The digits corpus: real people read out numbers, real hands wrote them.

Recordings of the Free Spoken Digit Dataset (Jakobovski et al., CC BY-SA 4.0) joined to utterances; pictures
of the same digits, handwritten, in another order; number sentences as unpaired captions.
"""

import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import soundfile

from unsup_asr.corpora.digit_language import DigitLanguage, spell
from unsup_asr.corpora.digit_pictures import DigitPicturesConfig
from unsup_asr.corpora.digit_rows import draw_row
from unsup_asr.corpora.digit_seeds import generator
from unsup_asr.corpora.digit_speech import RATE, SpokenDigits, join
from unsup_asr.corpora.parts import make_parts, parts
from unsup_asr.data.manifest import Utterance, read_manifest, write_manifest
from unsup_asr.errors import InputError
from unsup_asr.files import write_text
from unsup_asr.processes import worker_processes

SPLITS = ("train", "validation", "test")


@dataclass
class DigitsConfig:
    """What the corpus is made of.

    Attributes:
        fsdd: folder of the Free Spoken Digit Dataset's recordings; kept as an absolute path.
        test_speaker: who is heard in the test split alone; if None, every speaker is heard in every split,
            with other recordings.
        train: utterances to learn from.
        validation: utterances to choose checkpoints and settings with.
        test: utterances for the final score.
        unpaired: captions that belong to no spoken picture.
        pictures: what its CLIP learns from.
        min_words: words of the shortest sentence.
        max_words: words of the longest; pictures have room for as many.
        seed: of all that is drawn.
    """

    fsdd: str | None = None
    test_speaker: str | None = None
    train: int = 3000
    validation: int = 200
    test: int = 400
    unpaired: int = 10_000
    pictures: DigitPicturesConfig = field(default_factory=DigitPicturesConfig)
    min_words: int = 3
    max_words: int = 7
    seed: int = 0

    def __post_init__(self) -> None:
        if self.fsdd is not None:
            self.fsdd = str(Path(self.fsdd).expanduser().resolve())
        for name in (*SPLITS, "unpaired", "min_words"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}", remedy=f"set data.{name} to 1 or more")
        if self.max_words < self.min_words:
            bounds = f"max_words {self.max_words} is below min_words {self.min_words}"
            raise InputError(bounds, remedy="raise data.max_words")


def prepare_digits(config: DigitsConfig, folder: Path) -> None:
    """Write the corpus into `folder`; parts that are there already are not made again.

    The same configuration always yields the same bytes. Captions are drawn from the language that the
    utterances are drawn from, but in draws of their own.

    Args:
        config: recordings, sizes and seed.
        folder: gets `train.jsonl`, …, `captions.txt`, `audio/` and `images/`.

    Raises:
        InputError: the recordings are missing or incomplete (the message says where to get them).
    """
    SpokenDigits(config.fsdd, config.test_speaker)  # raises here, before anything is written
    with worker_processes() as pool:
        for split in SPLITS:
            _make_split(config, split, folder, pool)
    write_text(folder / "captions.txt", "".join(f"{caption}\n" for caption in _captions(config)))
    if (folder / "parts").exists():
        shutil.rmtree(folder / "parts")


def _captions(config: DigitsConfig) -> list[str]:
    language, rng = DigitLanguage(), generator(config.seed, "captions")
    sentences = (language.sentence(rng, config.min_words, config.max_words) for _ in range(config.unpaired))
    return [" ".join(spell(digits)) for digits in sentences]


def _make_split(config: DigitsConfig, split: str, folder: Path, pool: ProcessPoolExecutor) -> None:
    """Make the utterances of one split, part by part, and join the parts' manifests."""
    if (folder / f"{split}.jsonl").exists():
        return
    ranges = parts(getattr(config, split))
    files = {part: folder / "parts" / f"{split}-{part.start}.jsonl" for part in ranges}
    make_parts(f"joining digits ({split})", files, partial(_make_part, config, split, folder), pool)
    utterances = (utterance for file in files.values() for utterance in read_manifest(file))
    write_manifest(folder / f"{split}.jsonl", utterances)


def _make_part(config: DigitsConfig, split: str, folder: Path, part: range, file: Path) -> None:
    """Write the utterances of a part, and at last its manifest, which vouches for the other files.

    So these are written plainly and synced together: file by file, that would take half the time of all.
    """
    for kind in ("audio", "images"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    utterances = [_utterance(config, split, folder, number) for number in part]
    os.sync()
    write_manifest(file, utterances)


@cache
def _recordings(fsdd: str | None, test_speaker: str | None) -> SpokenDigits:
    """The recordings, of which each worker reads each at most once."""
    return SpokenDigits(fsdd, test_speaker)


def _utterance(config: DigitsConfig, split: str, folder: Path, number: int) -> Utterance:
    """Draw an utterance with its picture and write both."""
    rng = generator(config.seed, split, number)
    id = f"{split}-{number:05d}"
    recordings = _recordings(config.fsdd, config.test_speaker)
    speaker = str(rng.choice(recordings.speakers(split)))
    digits = DigitLanguage().sentence(rng, config.min_words, config.max_words)
    names = spell(digits)
    speech = join([recordings.word(split, speaker, digit, rng) for digit in digits], names, rng)
    audio, image = folder / "audio" / f"{id}.wav", folder / "images" / f"{id}.png"
    with audio.open("wb") as file:  # named, it would be synced by libsndfile
        soundfile.write(file, speech.samples, RATE, format="WAV", subtype="PCM_16")
    row = draw_row(rng.permutation(digits).tolist(), split, config.max_words, rng)
    row.save(image, format="PNG", compress_level=1)
    duration = len(speech.samples) / RATE
    return Utterance(
        id, audio, duration, "en",
        speaker=speaker, image_filepath=image, image_id=id, text=" ".join(names), words=speech.words,
    )  # fmt: skip
