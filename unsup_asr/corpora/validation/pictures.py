"""What is wrong with a picture."""

from hashlib import blake2b
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from unsup_asr.corpora.validation.faults import Examination, Fault
from unsup_asr.data.images import read_image
from unsup_asr.errors import InputError

_DIGEST_BYTES = 16


def examine_picture(path: Path, deep: bool) -> Examination:
    """Look at a picture.

    Args:
        path: the file.
        deep: whether to decode it, too: only then damage beyond the header and copies under another name are
            found.
    """
    if not path.is_file():
        return Examination(((Fault.MISSING_PICTURE, f"{path}: no such file"),))
    return _decoded(path) if deep else _by_header(path)


def _by_header(path: Path) -> Examination:
    try:
        with Image.open(path):
            return Examination()
    except UnidentifiedImageError:
        return Examination(((Fault.CORRUPT_PICTURE, f"{path}: is no picture"),))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return Examination(((Fault.CORRUPT_PICTURE, f"{path}: {error}"),))


def _decoded(path: Path) -> Examination:
    try:
        picture = read_image(path)
    except InputError as error:
        return Examination(((Fault.CORRUPT_PICTURE, f"{path}: {error.what}"),))
    content = f"{picture.size}".encode() + picture.tobytes()
    return Examination(digest=blake2b(content, digest_size=_DIGEST_BYTES).hexdigest())
