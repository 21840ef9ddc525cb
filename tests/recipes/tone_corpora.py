"""Published corpora in which people speak the language of tones: real layouts, tiny files."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import soundfile
from PIL import Image

from tests.unsup_asr.conftest import RATE, TONES, say_tones
from tests.unsup_asr.corpora.published import places_layout as places
from tests.unsup_asr.corpora.published.flickr8k_layout import write_flickr8k
from tests.unsup_asr.corpora.published.librispeech_layout import chapter, write_librispeech, write_lists
from tests.unsup_asr.corpora.published.spokencoco_layout import KARPATHY, Caption, write_spokencoco

COUNTS = {"train": 24, "validation": 4, "test": 4}
SENTENCES = [list(words) for words in itertools.product(TONES, repeat=3)]
PART = "test-clean"


def sentence(number: int) -> list[str]:
    """What is said of a picture."""
    return SENTENCES[number * 7 % len(SENTENCES)]


def picture(folder: Path, number: int) -> Path:
    """A picture in a colour of its own."""
    path = folder / f"{number}.jpg"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 32), (6 * (number % 40), 60 * (number // 40), 90)).save(path)
    return path


def recording(path: Path, words: Sequence[str]) -> Path:
    """The words, spoken in tones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, say_tones(list(words))[0], RATE)
    return path


def places_items(source: Path, lang: str, first: int = 0, texts: bool = True) -> places.Splits:
    """One utterance a picture, pictures counted from `first`."""
    numbers = itertools.count(first)
    return {
        split: [_item(source, lang, next(numbers), texts) for _ in range(count)]
        for split, count in COUNTS.items()
    }


def _item(source: Path, lang: str, number: int, texts: bool) -> places.Item:
    words = sentence(number)
    heard = recording(source / lang / f"{number}.wav", words)
    text = " ".join(words) if texts else None
    return places.Item(picture(source / "pictures", number), heard, text)


def write_places_en(root: Path) -> None:
    places.write_english(root, places_items(root / "source", "en"), form="2020")


def write_places_hi(root: Path) -> None:
    """Hindi and English of the same pictures, and English of others."""
    _english_of_all(root)
    places.write_hindi(root, places_items(root / "source", "hi", texts=False))


def write_places_ja(root: Path) -> None:
    """As Hindi, in the form that lists no validation."""
    _english_of_all(root)
    places.write_japanese(root, places_items(root / "source", "ja", texts=False), form="txt")


def write_places_multi(root: Path) -> None:
    """All three of the same pictures."""
    _english_of_all(root)
    places.write_hindi(root, places_items(root / "source", "hi", texts=False), form="hindi_wav")
    places.write_japanese(root, places_items(root / "source", "ja", texts=False), form="json")


def _english_of_all(root: Path) -> None:
    shared = places_items(root / "source", "en")
    others = places_items(root / "source", "en", first=100)
    train = [*shared["train"], *others["train"], *others["validation"]]
    places.write_english(root, {**shared, "train": train}, form="2020")


def write_flickr(root: Path) -> None:
    source, numbers = root / "source", itertools.count()
    pictures: dict[str, dict[str, list[str]]] = {}
    recordings, files = {}, {}
    for split, count in COUNTS.items():
        pictures[split] = {}
        for number in itertools.islice(numbers, count):
            name = f"{number}_a.jpg"
            words = sentence(number)
            pictures[split][name] = [" ".join(words)]
            recordings[name, 0] = recording(source / f"{number}.wav", words)
            files[name] = picture(source, number)
    write_flickr8k(root, pictures, recordings=recordings, files=files)


def write_coco(root: Path) -> None:
    """Karpathy's splits, without alignments."""
    numbers = itertools.count()
    pictures = {
        split: {
            f"val2014/COCO_val2014_{number:012d}.jpg": [Caption(" ".join(sentence(number)))]
            for number in itertools.islice(numbers, count)
        }
        for split, count in COUNTS.items()
    }
    write_spokencoco(root, pictures, KARPATHY)
    for listed in pictures.values():
        for image, (caption,) in listed.items():
            picture(root / "source", int(Path(image).stem[-12:])).replace(root / image)
            (wav,) = (root / "wavs").rglob(f"*-{Path(image).stem[-3:]}_0.wav")
            recording(wav, caption.text.split())


def write_libri(root: Path) -> None:
    """Twelve utterances of a reader, with alignments."""
    spoken = {}
    for number in range(12):
        words = sentence(number)
        spans = say_tones(words)[1].spans
        spoken[f"84-1211-{number:04d}"] = [
            (word, span.start, span.end) for word, span in zip(words, spans, strict=True)
        ]
    seconds = say_tones(sentence(0))[1].duration
    write_librispeech(root, PART, spoken, seconds)
    write_lists(root, PART, spoken, seconds)
    for id, words in spoken.items():
        recording(chapter(root / PART, id) / f"{id}.flac", [word for word, _, _ in words])
