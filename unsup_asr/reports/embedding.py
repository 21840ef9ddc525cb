"""Pictures, recordings and spectrograms as data URIs, small enough for a page that holds many."""

import io
from base64 import b64encode
from functools import cache
from pathlib import Path

import librosa
import numpy as np
import soundfile
from matplotlib import colormaps
from numpy.typing import NDArray
from PIL import Image

from unsup_asr.data.images import read_image

RATE = 16000

_PICTURE_SIZE = 320  # pixels of the longer side
_BANDS = 64  # mel bands
_COLUMNS = 1200  # at most, however long the recording
_RANGE = 70.0  # decibels from black to the brightest colour


def picture_uri(path: Path) -> str:
    """A picture as a small JPEG.

    Raises:
        InputError: the file is no picture.
    """
    picture = read_image(path)
    picture.thumbnail((_PICTURE_SIZE, _PICTURE_SIZE))
    file = io.BytesIO()
    picture.save(file, format="JPEG", quality=80)
    return data_uri("image/jpeg", file)


def audio_uri(samples: NDArray[np.float32]) -> str:
    """Samples [n] at `RATE` as MP3, which every browser plays."""
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="MP3", compression_level=0.6)
    return data_uri("audio/mpeg", file)


def spectrogram_uri(samples: NDArray[np.float32]) -> str:
    """The log-mel spectrogram of samples [n] at `RATE` as PNG; its width is the recording's duration."""
    hop = max(160, -(-len(samples) // _COLUMNS))
    energy = librosa.feature.melspectrogram(y=samples, sr=RATE, n_fft=512, hop_length=hop, n_mels=_BANDS)
    decibels = librosa.power_to_db(energy, ref=np.max, top_db=_RANGE)
    levels = np.clip(255 * (1 + decibels / _RANGE), 0, 255).astype(np.uint8)
    image = Image.fromarray(levels[::-1], mode="P")
    image.putpalette(_palette())
    file = io.BytesIO()
    image.save(file, format="PNG", optimize=True)
    return data_uri("image/png", file)


@cache
def _palette() -> bytes:
    colours = colormaps["magma"](np.arange(256), bytes=True)
    return colours[:, :3].tobytes()


def data_uri(kind: str, file: io.BytesIO) -> str:
    """What a file in memory holds, of a MIME type, as an address that needs no other file."""
    return f"data:{kind};base64,{b64encode(file.getvalue()).decode('ascii')}"
