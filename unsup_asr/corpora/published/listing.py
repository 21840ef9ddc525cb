"""What a publisher lists, before any recording or picture is opened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError

# The length of a recording that has not been opened.
UNKNOWN = 0.0


@dataclass(frozen=True)
class Listing:
    """Utterances by split, and what is listed and is none.

    Attributes:
        splits: of `train`, `validation` and `test`, those that there are; durations are still `UNKNOWN`, and
            `image_id` is the picture's name as the publisher writes it.
        left_out: entries that name no utterance.
    """

    splits: Mapping[str, Sequence[Utterance]]
    left_out: Sequence[LeftOut] = ()


def distinct(listing: Listing) -> Listing:
    """The listing without utterances whose id came before, in whatever split."""
    seen: set[str] = set()
    kept: dict[str, list[Utterance]] = {name: [] for name in listing.splits}
    twice: list[LeftOut] = []
    for name, utterances in listing.splits.items():
        for utterance in utterances:
            if utterance.id in seen:
                twice.append(LeftOut(utterance.id, name, "utterance is listed before", broken=False))
            else:
                seen.add(utterance.id)
                kept[name].append(utterance)
    return Listing(kept, [*listing.left_out, *twice])


def shortfall(id: str, split: str | None, found: int, published: int, what: str) -> Iterator[LeftOut]:
    """Says so where a list is shorter than the published one.

    Args:
        id: of the list, such as its file's name.
        split: that it lists.
        found: how many it lists.
        published: how many the publisher's does.
        what: is listed, in the plural.
    """
    if found < published:
        reason = f"{found:,} {what} are listed, {published:,} are published"
        yield LeftOut(id, split, reason, broken=False)


def columns(path: Path, count: int, separator: str | None = None) -> tuple[list[list[str]], list[LeftOut]]:
    """The fields of each line, and an account of the lines that have another number of them.

    Args:
        path: a UTF-8 text, empty lines of which are passed over.
        count: fields of a line.
        separator: between the fields; white space if None.

    Raises:
        InputError: the file cannot be read.
    """
    rows, faulty = [], []
    for number, line in enumerate(read_lines(path), start=1):
        fields = line.split(separator)
        if len(fields) == count:
            rows.append([field.strip() for field in fields])
        elif line.strip():
            reason = f"line of {path.name} has not {count} fields"
            faulty.append(LeftOut(f"{path.name}:{number}", None, reason, broken=True))
    return rows, faulty


def require(root: Path, names: Sequence[str], corpus: str, source: str) -> None:
    """Refuse a folder that is not the corpus at all.

    Args:
        root: the folder.
        names: files or folders that it has to hold.
        corpus: what it should be.
        source: where the publisher offers it.

    Raises:
        InputError: one of them is missing.
    """
    for name in names:
        if not (root / name).exists():
            remedy = f"give the folder that holds {', '.join(names)}; the publisher's page: {source}"
            raise InputError(f"is not {corpus}: {name} is missing", where=root, remedy=remedy)
