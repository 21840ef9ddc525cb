"""What the head of a KenLM binary says of the model, without loading it."""

import struct
from dataclasses import dataclass
from pathlib import Path

from lm.errors import LanguageModelError

MAGIC = b"mmap lm http://kheafield.com/code format version 5\n\0"
# Magic, padded; then numbers by which KenLM tells another machine's byte order.
_SANITY = struct.Struct("=56s 3f 2I 4x Q")
_PARAMETERS = struct.Struct("=B 3x f i ? 3x I")
_KINDS = ("probing", "probing with rest costs", "trie", "quantised trie", "trie with packed pointers",
          "quantised trie with packed pointers")  # fmt: skip


@dataclass(frozen=True)
class BinaryHead:
    """The head of a KenLM binary.

    Args:
        kind: its data structure.
        counts: n-grams by order.
    """

    kind: str
    counts: tuple[int, ...]


def is_kenlm_binary(path: Path) -> bool:
    """Whether a file begins as KenLM's binaries do."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read_binary_head(path: Path) -> BinaryHead:
    """Read the head of a KenLM binary of this machine's byte order (format version 5).

    Raises:
        LanguageModelError: the head is cut short or of another machine.
    """
    with path.open("rb") as file:
        head = file.read(_SANITY.size + _PARAMETERS.size + 8 * 255)
    if len(head) >= _SANITY.size + _PARAMETERS.size:
        _, zero, one, half, *_, long_one = _SANITY.unpack_from(head)
        order, _, kind, _, _ = _PARAMETERS.unpack_from(head, _SANITY.size)
        begin = _SANITY.size + _PARAMETERS.size
        sane = (zero, one, half, long_one) == (0.0, 1.0, -0.5, 1) and 0 <= kind < len(_KINDS)
        if sane and len(head) >= begin + 8 * order:
            return BinaryHead(_KINDS[kind], struct.unpack_from(f"={order}Q", head, begin))
    raise LanguageModelError(
        "the head of the KenLM binary is cut short or of another machine",
        where=path,
        remedy="make it again from the ARPA file with build_binary",
    )
