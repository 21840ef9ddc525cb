"""Small sound files and pictures."""

from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

RATE = 16000


def write_recording(path: Path, seconds: float = 0.25, rate: int = RATE) -> Path:
    """A tone, in the format that the name asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(round(seconds * rate)) / rate
    soundfile.write(path, 0.1 * np.sin(2 * np.pi * 440 * times), rate)
    return path


def write_picture(path: Path) -> Path:
    """A grey square."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (120, 120, 120)).save(path)
    return path


def truncate(path: Path) -> None:
    """Cut a file in half."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
