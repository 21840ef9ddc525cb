"""Who speaks in a split of wav2vec-U, utterance by utterance, and what is said.

SPLIT.tsv       the folder of the recordings; then of each its path below it and its samples, a tab between
SPLIT.uid       the id of each
SPLIT.phn       the phones of each, and
SPLIT.wrd       the words of each: for scores alone, and not there where the text is unknown
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError
from unsup_asr.files import write_text

ANEW = "write the split anew"


@dataclass(frozen=True)
class Reference:
    """What is said in an utterance, for scores alone."""

    words: tuple[str, ...]
    phones: tuple[str, ...]


@dataclass(frozen=True)
class Spoken:
    """An utterance.

    Attributes:
        id: unique within the split.
        path: the recording.
        samples: of the recording that are the utterance.
        reference: what is said, if that is known; None in training.
    """

    id: str
    path: Path
    samples: int
    reference: Reference | None = None


def write_lists(folder: Path, split: str, utterances: Sequence[Spoken]) -> None:
    """Write the lists of a split, atomically file by file.

    Raises:
        InputError: a line cannot hold a path or an id, or some utterances have references and some none.
    """
    for utterance in utterances:
        if any(mark in f"{utterance.path}{utterance.id}" for mark in "\t\n\r"):
            fault = f"path {str(utterance.path)!r} cannot stand in a line"
            raise InputError(fault, where=utterance.id, remedy="rename it")
    references = [utterance.reference for utterance in utterances if utterance.reference is not None]
    if references and len(references) != len(utterances):
        missing = next(utterance.id for utterance in utterances if utterance.reference is None)
        fault = f"has no reference, {len(references)} of {len(utterances)} utterances have"
        raise InputError(fault, where=missing, remedy="give all of a split theirs, or none")
    rows = (f"{utterance.path.absolute().relative_to('/')}\t{utterance.samples}" for utterance in utterances)
    write_lines(folder / f"{split}.tsv", ["/", *rows])
    write_lines(folder / f"{split}.uid", (utterance.id for utterance in utterances))
    if references:
        write_lines(folder / f"{split}.phn", (" ".join(reference.phones) for reference in references))
        write_lines(folder / f"{split}.wrd", (" ".join(reference.words) for reference in references))


def read_lists(folder: Path, split: str) -> tuple[Spoken, ...]:
    """Read the lists of a split; without `.uid`, which fairseq does not need, paths are the ids.

    Raises:
        InputError: a file is missing or broken, or has too few lines or too many; names the file and the line.
    """
    (_, root), *rows = numbered(folder / f"{split}.tsv")
    paths, samples = [], []
    for place, row in rows:
        path, tab, count = row.partition("\t")
        if not tab:
            raise InputError(f"{row!r} is not PATH, tab, SAMPLES", where=place, remedy=ANEW)
        paths.append(path)
        samples.append(whole_number(count, place))
    ids = _beside(folder / f"{split}.uid", len(rows)) or paths
    words = _beside(folder / f"{split}.wrd", len(rows))
    phones = _beside(folder / f"{split}.phn", len(rows))
    return tuple(
        Spoken(id, Path(root) / path, count, reference)
        for id, path, count, reference in zip(
            ids, paths, samples, _references(words, phones, len(rows)), strict=True
        )
    )


def write_lines(path: Path, values: Iterable[object]) -> None:
    """Write a value a line, atomically."""
    write_text(path, "".join(f"{value}\n" for value in values))


def numbered(path: Path) -> list[tuple[str, str]]:
    """Each line of a file, after the place where it stands."""
    return [(f"{path}:{number}", line) for number, line in enumerate(read_lines(path), start=1)]


def whole_number(text: str, place: str) -> int:
    """The number that a line holds.

    Raises:
        InputError: it holds something else; names the place.
    """
    if not text.strip().isdecimal():
        raise InputError(f"{text!r} is no number of frames or samples", where=place, remedy=ANEW)
    return int(text)


def _references(words: list[str] | None, phones: list[str] | None, count: int) -> Sequence[Reference | None]:
    if words is None or phones is None:
        return [None] * count
    return [Reference(tuple(w.split()), tuple(p.split())) for w, p in zip(words, phones, strict=True)]


def _beside(path: Path, count: int) -> list[str] | None:
    """The lines of a list that may be missing, as many as there are utterances."""
    if not path.exists():
        return None
    lines = read_lines(path)
    if len(lines) != count:
        raise InputError(f"has {len(lines)} lines for {count} utterances", where=path, remedy=ANEW)
    return lines
