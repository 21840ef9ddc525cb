"""What the formats share: lines of text, and fields between blanks."""

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
