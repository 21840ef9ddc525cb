"""Flickr8k audio captions (Harwath and Glass, 2015): people read out five captions of each of 8,000 pictures."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unsup_asr.corpora.preparation import LeftOut, Preparation
from unsup_asr.corpora.published.by_picture import keep_apart
from unsup_asr.corpora.published.listing import UNKNOWN, Listing, columns, require, shortfall
from unsup_asr.corpora.published.spoken_captions import prepare_spoken_captions
from unsup_asr.corpora.published.text_side import TEXT_SHARE
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.text import read_lines

SOURCE = "https://groups.csail.mit.edu/sls/downloads/flickraudio/"
PICTURES = {"train": 6000, "validation": 1000, "test": 1000}

_LISTS = {
    "train": "Flickr_8k.trainImages.txt",
    "validation": "Flickr_8k.devImages.txt",
    "test": "Flickr_8k.testImages.txt",
}
_CAPTIONS = "Flickr8k.token.txt"
_RECORDINGS, _SPEAKERS = "flickr_audio/wav2capt.txt", "flickr_audio/wav2spk.txt"

# The archives of pictures and texts are unpacked with their own top folder or without it.
_PICTURE_FOLDERS = ("Images/Flicker8k_Dataset", "Images")
_TEXT_FOLDER = "Flickr8k_text"


def prepare_flickr8k(root: Path, text_share: float = TEXT_SHARE, captions: Path | None = None) -> Preparation:
    """Prepare Flickr8k in its official splits.

    Args:
        root: holds `flickr_audio/`, `Images/` and, here or in `Flickr8k_text/`, the captions and split lists.
        text_share, captions: where unpaired captions come from, as in `text_side`.

    Raises:
        InputError: the folder is not the corpus.
        UsageError: the share is out of range.
    """
    return prepare_spoken_captions("flickr8k", list_flickr8k(root), text_share, captions)


def list_flickr8k(root: Path) -> Listing:
    """What the publisher's tables name: an utterance a recording, its text the caption that is read out.

    Raises:
        InputError: a table or the folder of pictures is missing.
    """
    tables, faulty = _tables(root)
    recordings, faulty_lines = columns(root / _RECORDINGS, 3)
    splits: dict[str, list[Utterance]] = {split: [] for split in PICTURES}
    unusable = []
    for wav, picture, number in recordings:
        listed = tables.utterance(wav, picture, number)
        if isinstance(listed, Utterance):
            splits[tables.splits[picture]].append(listed)
        else:
            unusable.append(listed)
    silent = _silent(tables.splits, {picture for _, picture, _ in recordings})
    return Listing(splits, [*faulty, *faulty_lines, *_short(tables.splits), *unusable, *silent])


@dataclass(frozen=True)
class _Tables:
    """The split of each picture, captions by `picture#number`, speakers by recording; where the files lie."""

    splits: dict[str, str]
    captions: dict[str, str]
    speakers: dict[str, str]
    wavs: Path
    pictures: Path

    def utterance(self, wav: str, picture: str, number: str) -> Utterance | LeftOut:
        """The utterance of one line of the list of recordings."""
        split, text = self.splits.get(picture), self.captions.get(picture + number)
        if split is None:
            return LeftOut(wav, None, "picture is in no split", broken=False)
        if text is None:
            return LeftOut(wav, split, f"caption is not in {_CAPTIONS}", broken=True)
        return Utterance(
            Path(wav).stem, self.wavs / wav, UNKNOWN, "en",
            speaker=self.speakers.get(wav), image_filepath=self.pictures / picture, image_id=picture, text=text,
        )  # fmt: skip


def _tables(root: Path) -> tuple[_Tables, list[LeftOut]]:
    texts = root / _TEXT_FOLDER if (root / _TEXT_FOLDER / _CAPTIONS).exists() else root
    require(root, (_RECORDINGS, _SPEAKERS, "Images"), "Flickr8k with its audio captions", SOURCE)
    require(texts, (_CAPTIONS, *_LISTS.values()), "the text of Flickr8k", SOURCE)
    captions, faulty_captions = columns(texts / _CAPTIONS, 2, separator="\t")
    speakers, faulty_speakers = columns(root / _SPEAKERS, 2)
    splits, shared = _splits(texts)
    tables = _Tables(
        splits=splits,
        captions=dict(reversed(captions)),  # of two that bear one number, the first
        speakers=dict(speakers),
        wavs=root / "flickr_audio" / "wavs",
        pictures=next(root / name for name in _PICTURE_FOLDERS if (root / name).is_dir()),
    )
    return tables, [*faulty_captions, *_numbered_twice(captions), *faulty_speakers, *shared]


def _splits(texts: Path) -> tuple[dict[str, str], list[LeftOut]]:
    """The split of each picture; one that stands in several lists goes to the test set, then to validation."""
    lists = {
        split: [line.strip() for line in read_lines(texts / name) if line.strip()]
        for split, name in _LISTS.items()
    }
    apart, shared = keep_apart(lists, picture=str, id=str)
    return {picture: split for split, pictures in apart.items() for picture in pictures}, shared


def _numbered_twice(captions: list[list[str]]) -> list[LeftOut]:
    counts = Counter(number for number, _ in captions)
    reason = "caption bears the number of another"
    return [LeftOut(number, None, reason, True) for number, count in counts.items() for _ in range(count - 1)]


def _silent(splits: dict[str, str], spoken: set[str]) -> list[LeftOut]:
    """Pictures of which the list of recordings knows nothing."""
    reason = f"picture is not in {Path(_RECORDINGS).name}"
    return [
        LeftOut(picture, split, reason, broken=True)
        for picture, split in splits.items()
        if picture not in spoken
    ]


def _short(splits: dict[str, str]) -> Iterator[LeftOut]:
    counts = Counter(splits.values())
    for split, published in PICTURES.items():
        yield from shortfall(_LISTS[split], split, counts[split], published, "pictures")
