"""Where the parts of Places lie: the lists and recordings of three languages, and the pictures they share."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from unsup_asr.errors import InputError

# Names of lists by split of ours. Where the publisher has no third list, the held-out one is the test.
Form = dict[str, tuple[str, ...]]

ENGLISH_400K: Form = {"train": ("train.json",), "test": ("val.json",)}
ENGLISH_2020: Form = {
    "train": ("train_2020.json",),
    "validation": ("dev_seen_2020.json", "dev_unseen_2020.json"),
    "test": ("test_seen_2020.json", "test_unseen_2020.json"),
}
HINDI: tuple[Form, ...] = (
    {
        "train": ("PlacesHindi100k_train.json",),
        "validation": ("PlacesHindi100k_dev.json",),
        "test": ("PlacesHindi100k_test.json",),
    },
    {
        "train": ("PlacesHindi_train.json",),
        "validation": ("PlacesHindi_val.json",),
        "test": ("PlacesHindi_test.json",),
    },
)
JAPANESE: tuple[Form, ...] = (
    {
        "train": ("PlacesAudioJpn_100k_image2audio_train.txt",),
        "test": ("PlacesAudioJpn_100k_image2audio_valid.txt",),
    },
    {
        "train": ("PlacesJpn_train.json",),
        "validation": ("PlacesJpn_val.json",),
        "test": ("PlacesJpn_test.json",),
    },
)

FOLDERS = {
    "en": ("PlacesAudio_400k_distro",),
    "hi": ("PlacesHindi100k", "hindi_places_100k"),
    "ja": ("PlacesAudioJpn_100k",),
}

# The lists lie in the distribution or in a folder of their own; the splits of 2020 came as a later download.
_LIST_FOLDERS = ("metadata", "", "placesaudio_2020_splits", "../placesaudio_2020_splits")

# As people name it, or as the archive of Places205 unpacks.
_UNPACKED = "data/vision/torralba/deeplearning/images256"
_IMAGE_FOLDERS = ("images", "images256", _UNPACKED, f"imagesPlaces205_resize/{_UNPACKED}")


@dataclass(frozen=True)
class Distribution:
    """One language of Places on disk.

    Attributes:
        lang: its code.
        folder: what the paths of recordings are relative to.
        lists: the publisher's lists by split of ours.
    """

    lang: str
    folder: Path
    lists: dict[str, tuple[Path, ...]]


def find_distribution(root: Path, lang: str, forms: Sequence[Form]) -> Distribution:
    """A language in `root`, or in a folder below it that bears the distribution's name.

    Raises:
        InputError: there is none, or some of its lists are missing; with what is wanted where.
    """
    incomplete: list[Path] = []
    for folder, form, below in product(
        [*(root / name for name in FOLDERS[lang]), root], forms, _LIST_FOLDERS
    ):
        lists = {split: tuple(folder / below / name for name in names) for split, names in form.items()}
        paths = [path for each in lists.values() for path in each]
        missing = [path for path in paths if not path.is_file()]
        if not missing:
            return Distribution(lang, folder, lists)
        incomplete = incomplete or (missing if len(missing) < len(paths) else [])
    if incomplete:
        fault = f"{' and '.join(path.name for path in incomplete)} is missing beside the other lists"
        raise InputError(fault, where=incomplete[0].parent, remedy="fetch it again: splits need all lists")
    raise _not_places(root, lang, forms)


def find_images(folders: Sequence[Path]) -> Path:
    """The folder that paths of pictures (`a/abbey/gsun_….jpg`) are relative to, the first in or below `folders`.

    Raises:
        InputError: there is none; with what is wanted where.
    """
    for folder, name in product(folders, _IMAGE_FOLDERS):
        if (folder / name).is_dir():
            return folder / name
    wanted = ", ".join(_IMAGE_FOLDERS)
    remedy = f"unpack the pictures of Places205 there as one of {wanted}, or name their folder: images=…"
    raise InputError("has no pictures", where=folders[0], remedy=remedy)


def _not_places(root: Path, lang: str, forms: Sequence[Form]) -> InputError:
    wanted = " or ".join(", ".join(name for names in form.values() for name in names) for form in forms)
    places = f"there, in metadata/ or in {' or '.join(FOLDERS[lang])}/"
    remedy = f"give the folder of the distribution; wanted are {wanted}, {places}"
    return InputError(f"holds no lists of Places in {lang!r}", where=root, remedy=remedy)
