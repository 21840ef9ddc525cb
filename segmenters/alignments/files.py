"""What the formats share: files that are whole or not there, and fields between blanks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segmenters.errors import SegmentationError


def one_token(text: str, where: object) -> str:
    """The text, for a format whose fields stand between blanks.

    Raises:
        SegmentationError: it is empty or holds white space.
    """
    if text.split() != [text]:
        fault = f"{text!r} is empty or holds white space"
        raise SegmentationError(fault, where=where, remedy="replace it, or write TextGrids")
    return text


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 text without their ends.

    Raises:
        SegmentationError: the file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SegmentationError(f"cannot be read: {error}", where=path, remedy="check the path") from error


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it on leaving without an error; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
