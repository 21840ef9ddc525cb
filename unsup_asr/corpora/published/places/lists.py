"""The publisher's lists of Places: who speaks about which picture, in all the forms that circulate."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.corpora.published.by_picture import position
from unsup_asr.corpora.published.listing import UNKNOWN, Listing
from unsup_asr.corpora.published.places.layout import Distribution
from unsup_asr.data.fields import Fields
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError, UsageError
from unsup_asr.files import read_json

NAMELESS = "entry does not name its recording and its picture"

# Of what is listed twice, the test keeps its own.
_SPLITS = ("test", "validation", "train")

# Where Hindi recordings lie; lists with `hindi_wav` take it for granted.
_HINDI_WAVS = "hindi_wavs"


def read_listing(distribution: Distribution, audio: Path, images: Path, validation_share: float) -> Listing:
    """Read a language's lists.

    An English utterance is called by its `uttid`, others, which have none, by language and recording. Its
    `image_id` is the picture's path as all languages share it; its `text` what ASR heard, in English alone.

    Args:
        distribution: where the lists are.
        audio: what paths of recordings are relative to.
        images: what paths of pictures are relative to.
        validation_share: of the training pictures, by a hash of their names, that become validation where the
            publisher has no list for it.

    Raises:
        InputError: a list cannot be read, or is none of Places.
        UsageError: the share is not at least 0 and below 1.
    """
    if not 0 <= validation_share < 1:
        fault = f"a validation share of {validation_share:g} leaves no picture to train on, or is none"
        raise UsageError(fault, remedy="give one of at least 0 and below 1")
    splits: dict[str, list[Utterance]] = {split: [] for split in _SPLITS}
    nameless: list[LeftOut] = []
    for split, paths in distribution.lists.items():
        for row in (row for path in paths for row in _rows(path)):
            if utterance := _utterance(row, distribution.lang, audio, images):
                splits[split].append(utterance)
            else:
                nameless.append(LeftOut(row.where, split, NAMELESS, broken=True))
    if "validation" not in distribution.lists:
        listed = splits["train"]
        drawn = [position(utterance.picture, "validation") < validation_share for utterance in listed]
        splits["train"] = [each for each, is_drawn in zip(listed, drawn, strict=True) if not is_drawn]
        splits["validation"] = [each for each, is_drawn in zip(listed, drawn, strict=True) if is_drawn]
    return Listing(splits, nameless)


def together(listings: Sequence[Listing]) -> Listing:
    """Several languages as one listing."""
    splits = {split: [u for listing in listings for u in listing.splits[split]] for split in _SPLITS}
    return Listing(splits, [each for listing in listings for each in listing.left_out])


def _rows(path: Path) -> Iterator[Fields]:
    """The entries of a JSON list, or of lines `picture recording`."""
    if path.suffix == ".txt":
        for number, line in enumerate(read_lines(path), start=1):
            if parts := line.split():
                values = {"image": parts[0], "wav": parts[1]} if len(parts) == 2 else {}
                yield Fields(values, f"{path.name}:{number}")
    else:
        for number, values in enumerate(_data(path)):
            yield Fields(values if isinstance(values, dict) else {}, f"{path.name}: data[{number}]")


def _data(path: Path) -> list[Any]:
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise InputError(f"not readable as JSON: {error}", where=path, remedy="fetch it again") from error
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, list):
        raise InputError("holds no list `data`", where=path, remedy="give a list as Places publishes it")
    return data


def _utterance(row: Fields, lang: str, audio: Path, images: Path) -> Utterance | None:
    picture, recording = _path(row, "image"), _recording(row)
    if picture is None or recording is None:
        return None
    english = lang == "en"
    name = f"{lang}-{recording.rpartition('.')[0].replace('/', '-')}"
    return Utterance(
        id=(english and _text(row, "uttid")) or name,
        audio_filepath=audio / recording,
        duration=UNKNOWN,
        lang=lang,
        speaker=_text(row, "speaker") or _text(row, "hindi_speaker"),
        image_filepath=images / picture,
        image_id=picture,
        text=_text(row, "asr_text") if english else None,
    )


def _recording(row: Fields) -> str | None:
    """The path below the distribution's folder. Where there is a `hindi_wav`, `wav` is of another language."""
    if "hindi_wav" not in row.values:
        return _path(row, "wav")
    hindi = _path(row, "hindi_wav")
    return f"{_HINDI_WAVS}/{hindi.removeprefix(f'{_HINDI_WAVS}/')}" if hindi else None


def _path(row: Fields, key: str) -> str | None:
    value = row.values.get(key)
    return value.strip().lstrip("/") or None if isinstance(value, str) else None


def _text(row: Fields, key: str) -> str | None:
    """A name or text; numbers stand for themselves, blanks for nothing."""
    value = row.values.get(key)
    return str(value).strip() or None if isinstance(value, str | int) else None
