"""Reading pictures."""

from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from unsup_asr.errors import InputError


def read_image(path: str | Path) -> Image.Image:
    """Read a picture as RGB, upright as its EXIF orientation says.

    Raises:
        InputError: the file is missing, is no picture, or is damaged or cut short.
    """
    path = Path(path)
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert("RGB")
    except UnidentifiedImageError as error:
        raise InputError("is no picture", where=path, remedy="give a JPEG, PNG or the like") from error
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        fault = f"cannot be read: {error.strerror}"
        raise InputError(fault, where=path, remedy="check the path") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        fault = f"damaged or cut short: {error}"
        raise InputError(fault, where=path, remedy="fetch it again or leave it out") from error
