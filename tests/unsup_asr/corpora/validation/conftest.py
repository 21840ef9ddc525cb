"""Small corpora with planted faults."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from unsup_asr.data.audio import write_audio

RATE = 16000


@pytest.fixture
def record_sound(tmp_path) -> Callable[..., Path]:
    """Writes a second of noise of its own, half of full scale at most, and returns the file."""

    def record(name: str, seconds: float = 1.0, seed: int = 0, rate: int = RATE) -> Path:
        samples = np.random.default_rng(seed).uniform(-0.5, 0.5, round(seconds * rate))
        write_audio(tmp_path / name, samples, rate)
        return tmp_path / name

    return record


@pytest.fixture
def write_corpus(tmp_path, record_sound) -> Callable[..., Path]:
    """Writes a manifest of faultless rows, each with a recording and a picture of its own.

    Called with the manifest's name, the ids, and what differs in rows by id; a row of text is written as it is.
    """

    def write(name: str, ids: str, **changes: dict[str, Any] | str) -> Path:
        lines = []
        for id in ids:
            record_sound(f"{id}.wav", seed=ord(id))
            Image.new("RGB", (16, 16), (ord(id), 0, 0)).save(tmp_path / f"{id}.png")
            row = {"id": id, "audio_filepath": f"{id}.wav", "duration": 1.0, "lang": "en"}
            row["image_filepath"] = f"{id}.png"
            change = changes.get(id, {})
            lines.append(change if isinstance(change, str) else json.dumps({**row, **change}))
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return tmp_path / name

    return write
