"""The words that can be written down: null and the caption words of few CLIP pieces."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from unsup_asr.errors import InputError
from unsup_asr.files import read_json, write_json

NULL = 0
WORD_END = "</w>"


@cache
def _bytes() -> dict[str, int]:
    """The byte that each character of a piece stands for: CLIP's BPE is over bytes, not letters."""
    from open_clip.tokenizer import bytes_to_unicode

    return {char: byte for byte, char in bytes_to_unicode().items()}


def spelled(pieces: Iterable[str]) -> str:
    """What CLIP's pieces read as, without marks of word ends; bytes that make no character read as �."""
    table = _bytes()
    return bytes(table[char] for char in "".join(pieces).replace(WORD_END, "")).decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Entry:
    """One candidate: its id, CLIP BPE pieces with their CLIP ids, and how often the captions use it."""

    id: int
    pieces: tuple[str, ...]
    clip_ids: tuple[int, ...]
    count: int

    @property
    def word(self) -> str:
        """The written word; empty for null."""
        return spelled(self.pieces)


@dataclass(frozen=True)
class Vocabulary:
    """Entries in order of id; entry 0 is null, which yields nothing."""

    entries: tuple[Entry, ...]

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def words(self) -> list[str]:
        """The written word of each entry, empty for null."""
        return [entry.word for entry in self.entries]

    def index(self) -> dict[str, int]:
        """Entry id by written word."""
        return {entry.word: entry.id for entry in self.entries[1:]}

    def write(self, path: Path) -> None:
        """Write `vocabulary.json`."""
        write_json(path, [asdict(entry) for entry in self.entries])

    @classmethod
    def read(cls, path: Path) -> "Vocabulary":
        """Read `vocabulary.json`."""
        rows = read_json(path)
        return cls(tuple(Entry(r["id"], tuple(r["pieces"]), tuple(r["clip_ids"]), r["count"]) for r in rows))

    @classmethod
    def from_captions(
        cls,
        captions: Iterable[Sequence[str]],
        tokenizer: Any,
        max_pieces: int = 3,
        min_count: int = 1,
    ) -> "Vocabulary":
        """The caption words of at most `max_pieces` CLIP pieces, the most frequent first.

        Args:
            captions: normalised captions as lists of words; training captions alone.
            tokenizer: open_clip's BPE tokenizer.
            max_pieces: words of more pieces are left out.
            min_count: words seen less often are left out.

        Raises:
            InputError: no word is left.
        """
        counts = Counter(word for caption in captions for word in caption)
        entries = [Entry(NULL, (), (), 0)]
        for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            ids = tokenizer.encode(word)
            if 0 < len(ids) <= max_pieces and count >= min_count:
                pieces = tuple(tokenizer.decoder[piece] for piece in ids)
                entries.append(Entry(len(entries), pieces, tuple(ids), count))
        if len(entries) == 1:
            raise InputError(
                f"the captions hold no word of at most {max_pieces} pieces seen {min_count} times or more",
                where="data.captions",
                remedy="give more captions or lower vocabulary.min_count",
            )
        return cls(tuple(entries))


def caption_pieces(captions: Iterable[Sequence[str]], tokenizer: Any) -> list[list[str]]:
    """Captions as CLIP's BPE pieces, the text that the language model is estimated on."""
    known: dict[str, list[str]] = {}

    def pieces(word: str) -> list[str]:
        if word not in known:
            known[word] = [tokenizer.decoder[piece] for piece in tokenizer.encode(word)]
        return known[word]

    return [[piece for word in caption for piece in pieces(word)] for caption in captions]
