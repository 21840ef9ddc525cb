"""One's own recordings with pictures: a table of them, or a folder where they lie side by side."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile
from PIL import Image

from unsup_asr.corpora.preparation import LeftOut, Preparation
from unsup_asr.corpora.published.by_picture import position
from unsup_asr.corpora.published.listing import UNKNOWN, Listing
from unsup_asr.corpora.published.spoken_captions import prepare_spoken_captions
from unsup_asr.corpora.published.text_side import TEXT_SHARE
from unsup_asr.data.fields import Fields
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError, UsageError

SEPARATORS = {".csv": ",", ".tsv": "\t"}
HELD_OUT = 0.1

# Stands between the translations in one cell of a table.
_BETWEEN = "|"


def prepare_generic(
    root: Path,
    lang: str = "en",
    validation_share: float = HELD_OUT,
    test_share: float = HELD_OUT,
    text_share: float = TEXT_SHARE,
    captions: Path | None = None,
) -> Preparation:
    """Prepare recordings with pictures, split by picture.

    Args:
        root: a table, `.csv` or `.tsv` with a header or `.jsonl`, with columns `audio`, `image` and, as far as
            there are, `id`, `text`, `translations` (in a cell separated by `|`), `speaker` and `lang`, paths
            being relative to the table; or a folder where recordings lie beside pictures of the same name,
            and beside `.txt` files with what is said, as far as there are.
        lang: of the speech where the table does not tell.
        validation_share, test_share: of the pictures, chosen by their names.
        text_share, captions: where unpaired captions come from, as in `text_side`; where no utterance has
            English, none lends any.

    Raises:
        InputError: the table cannot be read, or there is nothing in it or in the folder.
        UsageError: the shares leave nothing to train on.
    """
    if not (validation_share >= 0 and test_share >= 0 and validation_share + test_share < 1):
        fault = f"shares of {validation_share:g} for validation and {test_share:g} for test leave no training"
        raise UsageError(fault, remedy="give shares of at least 0 that add up to less than 1")
    found = _folder(root, lang) if root.is_dir() else _table(root, lang)
    if not found.utterances and not found.left_out:
        raise InputError("holds no recording with a picture", where=root, remedy="check the path")
    splits: dict[str, list[Utterance]] = {"train": [], "validation": [], "test": []}
    for utterance in found.utterances:
        splits[_split(utterance.picture, validation_share, test_share)].append(utterance)
    return prepare_spoken_captions("generic", Listing(splits, found.left_out), text_share, captions)


@dataclass(frozen=True)
class _Found:
    utterances: list[Utterance]
    left_out: list[LeftOut]


def _split(picture: str, validation_share: float, test_share: float) -> str:
    at = position(picture, "split")
    if at < test_share:
        return "test"
    return "validation" if at < test_share + validation_share else "train"


def _table(path: Path, lang: str) -> _Found:
    rows = _cells(path, SEPARATORS[path.suffix]) if path.suffix in SEPARATORS else _objects(path)
    found = _Found([], [])
    for row in rows:
        try:
            found.utterances.append(_utterance(row, path.parent, lang))
        except InputError as error:
            place = str(error.where).removeprefix(f"{path.parent}/")
            found.left_out.append(LeftOut(place, None, error.what, broken=True))
    return found


def _objects(path: Path) -> Iterator[Fields]:
    if path.suffix != ".jsonl":
        known = ", ".join([*SEPARATORS, ".jsonl"])
        raise InputError("is neither a folder nor a table", where=path, remedy=f"give a folder or {known}")
    for number, line in enumerate(read_lines(path), start=1):
        if line.strip():
            yield Fields.parse(line, where=f"{path}:{number}")


def _cells(path: Path, separator: str) -> Iterator[Fields]:
    """The rows of a table, empty cells as missing."""
    reader = csv.DictReader(read_lines(path), delimiter=separator)
    try:
        lacking = [name for name in ("audio", "image") if name not in (reader.fieldnames or ())]
        if lacking:
            fault, remedy = (
                f"its header has no column {lacking[0]!r}",
                "name audio and image in the first line",
            )
            raise InputError(fault, where=f"{path}:1", remedy=remedy)
        for row in reader:
            yield Fields(_values(row), f"{path}:{reader.line_num}")
    except csv.Error as error:
        remedy = "check the quotes, or write JSON lines"
        raise InputError(
            f"no table: {error}", where=f"{path}:{reader.line_num + 1}", remedy=remedy
        ) from error


def _values(row: Mapping[str | Any, str | Any]) -> dict[str, Any]:
    values: dict[str, Any] = {name: value for name, value in row.items() if name and value}
    if "translations" in values:
        values["translations"] = [text.strip() for text in values["translations"].split(_BETWEEN)]
    return values


def _utterance(row: Fields, folder: Path, lang: str) -> Utterance:
    audio, image = row.string("audio"), row.string("image")
    return Utterance(
        row.optional_string("id") or str(Path(audio).with_suffix("")),
        folder / audio, UNKNOWN, row.optional_string("lang") or lang,
        speaker=row.optional_string("speaker"), image_filepath=folder / image, image_id=image,
        text=row.optional_string("text"), translations=row.strings("translations"),
    )  # fmt: skip


def _folder(root: Path, lang: str) -> _Found:
    """Recordings and pictures of the same name; one without the other is left out."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    heard = _by_name(root, files, _is_recording)
    seen = _by_name(root, files, _is_picture)
    texts = _by_name(root, files, lambda path: path.suffix == ".txt")
    utterances = [
        Utterance(
            name, heard[name], UNKNOWN, lang,
            image_filepath=seen[name], image_id=str(seen[name].relative_to(root)),
            text=" ".join(" ".join(read_lines(texts[name])).split()) or None if name in texts else None,
        )
        for name in heard if name in seen
    ]  # fmt: skip
    blind = [
        LeftOut(name, None, "no picture of that name", broken=True) for name in heard if name not in seen
    ]
    mute = [
        LeftOut(name, None, "no recording of that name", broken=True) for name in seen if name not in heard
    ]
    return _Found(utterances, blind + mute)


def _by_name(root: Path, files: list[Path], wanted: Callable[[Path], bool]) -> dict[str, Path]:
    return {str(path.relative_to(root).with_suffix("")): path for path in files if wanted(path)}


def _is_recording(path: Path) -> bool:
    return path.suffix[1:].upper() in soundfile.available_formats() or path.suffix.lower() == ".opus"


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in Image.registered_extensions()
