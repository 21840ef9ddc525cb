"""A tiny Places: real pictures and recordings, a few milliseconds each."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from tests.unsup_asr.corpora.published.places_layout import Item

RATE = 16000
COUNTS = {"train": 24, "validation": 4, "test": 4}


@dataclass(frozen=True)
class Source:
    """Where pictures and recordings are made, before they are written as Places."""

    folder: Path

    def picture(self, number: int) -> Path:
        path = self.folder / f"{number}.jpg"
        if not path.exists():
            red, green = divmod(number * 5, 256)
            Image.new("RGB", (8, 8), (red * 40, green, 90)).save(path)
        return path

    def recording(self, name: str, seconds: float = 0.01, rate: int = RATE) -> Path:
        path = self.folder / f"{name}.wav"
        if not path.exists():
            soundfile.write(path, np.full(round(seconds * rate), 0.1), rate)
        return path

    def items(self, lang: str, first: int = 0) -> dict[str, list[Item]]:
        """One utterance a picture, pictures counted from `first`, over the splits."""
        splits: dict[str, list[Item]] = {}
        for split, count in COUNTS.items():
            numbers = range(first, first := first + count)
            splits[split] = [self.item(lang, number) for number in numbers]
        return splits

    def item(self, lang: str, number: int, text: str | None = None) -> Item:
        words = text or f"{lang} words on picture {number}"
        return Item(self.picture(number), self.recording(f"{lang}{number}"), words)
