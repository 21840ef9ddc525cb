"""Reading text files that people made: UTF-8, or an error that says what to do."""

import codecs
from pathlib import Path

from unsup_asr.errors import InputError

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 text file, without their line ends; a byte-order mark is passed over.

    Lines end at a line feed alone: a separator such as U+2028 may stand inside a JSON string.

    Raises:
        InputError: the file is missing, is no file, or is not UTF-8 (with a guess at what it is).
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"cannot be read: {reason}", where=path, remedy="check the path") from error
    if b"\0" in raw:
        raise _wrong_encoding(path, raw, raw.index(b"\0"))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, raw, error.start) from error
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def _wrong_encoding(path: Path, raw: bytes, position: int) -> InputError:
    guess = "UTF-16" if raw.startswith(_UTF16_MARKS) or b"\0" in raw else "WINDOWS-1252"
    return InputError(
        f"not UTF-8: byte 0x{raw[position]:02x}; it looks like {guess}",
        where=f"{path}:{raw.count(10, 0, position) + 1}",
        remedy=f"convert it: iconv -f {guess} -t UTF-8 {path.name} > utf8_{path.name}",
    )
