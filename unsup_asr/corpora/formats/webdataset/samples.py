"""Reading shards as streams, by tar headers alone: nothing is unpickled, no link followed, no path trusted."""

import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path, PurePosixPath

from unsup_asr.errors import InputError

# Endings that WebDataset and its users unpickle, which may run whatever code the file carries.
PICKLED = frozenset({"pyd", "pkl", "pickle", "pth", "pt", "ckpt", "dill", "joblib"})
# A member costs its header, even if it is empty.
_BLOCK = 512
_EXTENDED = frozenset({tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME,
                       tarfile.GNUTYPE_LONGLINK})  # fmt: skip
# Long names and the like need a few hundred bytes; tarfile reads them whole.
_LONGEST_HEADER = 1 << 16
# Files about the shard itself, such as `__index__/`.
_ABOUT = re.compile(r"__[^/]*__($|/)")
LARGEST = 1 << 30


@dataclass(frozen=True)
class Sample:
    """The files of one key.

    Attributes:
        key: their common name, folders included.
        where: shard and key.
        files: contents by ending, in lower case, such as `wav`.
    """

    key: str
    where: str
    files: dict[str, bytes]


def read_samples(shard: Path, largest: int = LARGEST) -> Iterator[Sample]:
    """The samples of a shard, packed or not, one at a time.

    Args:
        shard: a tar file.
        largest: most bytes of a sample.

    Raises:
        InputError: the shard is damaged; or a member is a link or device, lies outside, is to be unpickled, comes
            twice, or makes its sample larger than `largest`. Names the shard and the member.
    """
    key, files, size = "", dict[str, bytes](), 0
    for name, content in _members(shard, largest):
        own, ending = _parts(name)
        if own != key:
            if files:
                yield Sample(key, f"{shard}: {key}", files)
            key, files, size = own, {}, 0
        size += len(content) + _BLOCK
        if size > largest:
            raise _refused(shard, name, f"makes its sample larger than {largest} bytes")
        if ending in files:
            raise _refused(shard, name, f"is the second .{ending} of its sample")
        files[ending] = content
    if files:
        yield Sample(key, f"{shard}: {key}", files)


def _members(shard: Path, largest: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file that belongs to a sample; all are checked before they are read."""
    try:
        with tarfile.open(shard, "r|*", tarinfo=_Header) as archive:
            for member in archive:
                if member.isdir():
                    continue
                _check(shard, member, largest)
                if _parts(member.name)[0] and (file := archive.extractfile(member)):
                    yield member.name, file.read()
    except InputError:
        raise
    except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error, LZMAError) as error:
        raise InputError(f"no sound tar file: {error}", where=shard, remedy="fetch it again") from error


class _Header(tarfile.TarInfo):
    """A tar header that does not let tarfile read a name of gigabytes, or go backwards."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        header = super().frombuf(buf, encoding, errors)
        if header.size < 0 or (header.type in _EXTENDED and header.size > _LONGEST_HEADER):
            raise tarfile.ReadError(f"a header of {header.size} bytes")
        return header


def _check(shard: Path, member: tarfile.TarInfo, largest: int) -> None:
    path = PurePosixPath(member.name)
    if not member.isreg() or member.issparse():
        raise _refused(shard, member.name, "is a link, a device or sparse")
    if path.is_absolute() or ".." in path.parts:
        raise _refused(shard, member.name, "lies outside of the shard")
    if PICKLED & set(path.name.lower().split(".")[1:]):
        raise _refused(shard, member.name, "would have to be unpickled, which may run code")
    if member.size > largest:
        raise _refused(shard, member.name, f"has {member.size} bytes, more than {largest}")


def _parts(name: str) -> tuple[str, str]:
    """Key and ending of a file, parted at the first dot as WebDataset does it; both empty if there is none."""
    path = PurePosixPath(name)
    stem, _, ending = path.name.partition(".")
    if not stem or not ending or _ABOUT.match(name):
        return "", ""
    return str(path.with_name(stem)), ending.lower()


def _refused(shard: Path, name: str, why: str) -> InputError:
    return InputError(f"member {name!r} {why}", where=shard, remedy="write the shard without it")
