"""Writes utterances of any kind in the layouts in which Places circulates.

Give each writer the folder that is to hold all of Places, and the utterances by split; several languages of the
same pictures go into the same folder and share `images/`. What is written is what the publisher's lists look
like: base paths of another machine, identifiers with hyphens, paths with and without leading slashes.

    items = {"train": [Item(picture, recording, "a red bus")], "validation": […], "test": […]}
    write_english(root, items)                   # metadata/{train,val}.json
    write_english(root, items, form="2020")      # metadata/{train_2020,dev_seen_2020,…}.json
    write_hindi(root, items, form="hindi_wav")   # PlacesHindi_{train,val,test}.json
    write_japanese(root, items, form="txt")      # PlacesAudioJpn_100k_image2audio_{train,valid}.txt

Forms that have no list of validation take its utterances for training, as their publisher does.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

ENGLISH, HINDI, JAPANESE = "PlacesAudio_400k_distro", "PlacesHindi100k", "PlacesAudioJpn_100k"

# Names of lists by split; a split of two lists fills them in turn.
FORMS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "400k": {"train": ["train"], "validation": ["train"], "test": ["val"]},
    "2020": {
        "train": ["train_2020"],
        "validation": ["dev_seen_2020", "dev_unseen_2020"],
        "test": ["test_seen_2020", "test_unseen_2020"],
    },
    "wav": {
        "train": ["PlacesHindi100k_train"],
        "validation": ["PlacesHindi100k_dev"],
        "test": ["PlacesHindi100k_test"],
    },
    "hindi_wav": {
        "train": ["PlacesHindi_train"],
        "validation": ["PlacesHindi_val"],
        "test": ["PlacesHindi_test"],
    },
    "txt": {
        "train": ["PlacesAudioJpn_100k_image2audio_train"],
        "validation": ["PlacesAudioJpn_100k_image2audio_train"],
        "test": ["PlacesAudioJpn_100k_image2audio_valid"],
    },
    "json": {"train": ["PlacesJpn_train"], "validation": ["PlacesJpn_val"], "test": ["PlacesJpn_test"]},
}

# The publisher's machine; nothing may depend on it.
_ELSEWHERE = {"image_base_path": "/elsewhere/images256/", "audio_base_path": "/elsewhere/audio/"}


@dataclass(frozen=True)
class Item:
    """A spoken description of a picture.

    Attributes:
        picture: the file; pictures of equal content are one.
        recording: the file; a recording that comes twice is written once.
        text: goes to `asr_text`, which is left out if it is None.
        speaker: who speaks; the English lists add the number of the recording, so that no `uttid` comes twice.
    """

    picture: Path
    recording: Path
    text: str | None = None
    speaker: str = "A"


Splits = Mapping[str, Sequence[Item]]


def write_english(root: Path, splits: Splits, form: Literal["400k", "2020"] = "400k") -> Path:
    """Write `PlacesAudio_400k_distro/` and return it."""
    folder = root / ENGLISH
    numbers = _numbers(splits)

    def row(item: Item, split: str) -> dict[str, Any]:
        number = numbers[item.recording]
        wav, picture = f"wavs/{number % 500}/utterance_{number}.wav", put_picture(root, item.picture)
        _copy(item.recording, folder / wav)
        speaker = f"{item.speaker}{number:06d}"
        uttid = f"{speaker}-{Path(picture).stem.upper()}"
        return _row(uttid=uttid, speaker=speaker, asr_text=item.text, wav=wav, image=picture)

    for name, rows in _lists(splits, form, row).items():
        _write_json(folder / "metadata" / f"{name}.json", rows)
    return folder


def write_hindi(root: Path, splits: Splits, form: Literal["wav", "hindi_wav"] = "wav") -> Path:
    """Write `PlacesHindi100k/` and return it."""
    folder = root / HINDI
    numbers = _numbers(splits)

    def row(item: Item, split: str) -> dict[str, Any]:
        wav = f"{split}/caption_{numbers[item.recording]}.wav"
        _copy(item.recording, folder / "hindi_wavs" / wav)
        recording = {"wav": f"hindi_wavs/{wav}"} if form == "wav" else {"hindi_wav": wav}
        picture = put_picture(root, item.picture)
        return _row(image=picture, speaker=item.speaker, asr_text=item.text, **recording)

    for name, rows in _lists(splits, form, row).items():
        _write_json(folder / f"{name}.json", rows)
    return folder


def write_japanese(root: Path, splits: Splits, form: Literal["txt", "json"] = "txt") -> Path:
    """Write `PlacesAudioJpn_100k/` and return it; texts are passed over, since it has none."""
    folder = root / JAPANESE
    numbers = _numbers(splits)

    def row(item: Item, split: str) -> dict[str, Any]:
        wav = f"wav/{numbers[item.recording]}.wav"
        _copy(item.recording, folder / wav)
        return _row(image=f"/{put_picture(root, item.picture)}", wav=wav)

    for name, rows in _lists(splits, form, row).items():
        if form == "json":
            _write_json(folder / f"{name}.json", rows)
        else:
            text = "".join(f"{each['image']} /{each['wav']}\n" for each in rows)
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def put_picture(root: Path, picture: Path) -> str:
    """Copy a picture into `images/`; its path there is a matter of its content, on every machine the same."""
    content = hashlib.md5(picture.read_bytes()).hexdigest()
    name = f"s/shopfront/gsun_{content}{picture.suffix}"
    _copy(picture, root / "images" / name)
    return name


def _numbers(splits: Splits) -> dict[Path, int]:
    """A number for each recording."""
    numbers: dict[Path, int] = {}
    for items in splits.values():
        for item in items:
            numbers.setdefault(item.recording, len(numbers) + 1)
    return numbers


def _lists(
    splits: Splits, form: str, row: Callable[[Item, str], dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """The rows of each list; all lists of the form, even the empty ones."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for names in FORMS[form].values() for name in names}
    for split, items in splits.items():
        names = FORMS[form][split]
        for index, item in enumerate(items):
            rows[names[index % len(names)]].append(row(item, split))
    return rows


def _row(**values: str | None) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _write_json(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**_ELSEWHERE, "data": rows}, ensure_ascii=False), encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
