"""Manifests of several languages, with real recordings and pictures behind them."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from unsup_asr.data.manifest import Utterance, Word

RATE = 8000
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with blanks in its name: two recordings of 2 s (one in stereo) and two pictures."""
    folder = tmp_path_factory.mktemp("field recordings")
    for name, channels in (("लंबी रिकॉर्डिंग.wav", 1), ("stereo.flac", 2)):
        drawn = np.random.default_rng(channels).integers(-9000, 9000, (2 * RATE, channels), dtype=np.int16)
        soundfile.write(folder / name, drawn, RATE)
    for name, colour in (("red.JPG", (200, 0, 0)), ("blue one.png", (0, 0, 200))):
        Image.new("RGB", (8, 8), colour).save(folder / name)
    return folder


@pytest.fixture(scope="session")
def spoken(media: Path) -> list[Utterance]:
    """Two utterances of one recording, one without speaker, one without text."""
    long, stereo = media / "लंबी रिकॉर्डिंग.wav", media / "stereo.flac"
    words = (Word("नमस्ते", 0.1, 0.333333), Word("दुनिया", 0.4, 0.75))
    return [
        Utterance("hi-1.a/x", long, 0.75, "hi", 0.5, "s-1", media / "red.JPG", None, "नमस्ते दुनिया",
                  ("hello world", "it's"), words),
        Utterance("s-1-2", long, 0.5, "hi", 1.5, "s-1", media / "red.JPG", "7", "", (), (Word("क", 0.1, 0.3),)),
        Utterance("犬が走る", stereo, 2.0, "ja", image_filepath=media / "blue one.png", text="犬が 走る"),
        Utterance("a-0", long, 0.4, "en", speaker="s 1"),
    ]  # fmt: skip


@pytest.fixture
def golden(monkeypatch: pytest.MonkeyPatch) -> Path:
    """What other toolkits wrote, in the folder that its paths are relative to."""
    monkeypatch.chdir(GOLDEN)
    return Path(os.curdir).absolute()
