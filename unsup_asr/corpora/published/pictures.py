"""Which pictures cannot be used, told by their headers alone."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from unsup_asr.corpora.published.recordings import look_at

MISSING, UNREADABLE = "picture is missing", "picture is unreadable"


def faults(paths: Sequence[Path]) -> list[str | None]:
    """Why each picture cannot be used; None for those that can. A path that comes often is looked at once.

    Args:
        paths: the pictures, one an utterance.

    Returns:
        For each path MISSING, UNREADABLE or None.
    """
    distinct = list(dict.fromkeys(paths))
    found = dict(zip(distinct, look_at(_fault, distinct, "checking pictures"), strict=True))
    return [found[path] for path in paths]


def _fault(path: Path) -> str | None:
    try:
        with Image.open(path):
            return None
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return UNREADABLE
