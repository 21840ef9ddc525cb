"""English captions: normalised words, read from plain text."""

import unicodedata
from pathlib import Path

from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError

_APOSTROPHES = str.maketrans("’‘ʼ`´", "'''''")


def normalise(text: str) -> list[str]:
    """The words of a text: lower case, without punctuation.

    Apostrophes stay inside words, digits stay digits, a hyphen parts its two words. Combining marks belong
    to their letters, so scripts such as Devanagari pass unharmed. Normalising again changes nothing.
    """
    text = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).lower()
    text = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    kept = "".join(char if char == "'" or unicodedata.category(char)[0] in "LMN" else " " for char in text)
    return [word for word in (part.strip("'") for part in kept.split()) if word]


def read_captions(path: str | Path) -> list[list[str]]:
    """Read a caption a line, normalised; lines without a word are passed over.

    Raises:
        InputError: the file is missing, is not UTF-8, or holds no caption.
    """
    path = Path(path)
    captions = [words for line in read_lines(path) if (words := normalise(line))]
    if not captions:
        raise InputError("holds no caption", where=path, remedy="write one English caption a line")
    return captions
