"""SpokenCOCO (Hsu et al., 2021): people read out the captions of the pictures of MSCOCO 2014."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from segmenters.alignments.alignment import Alignment
from segmenters.alignments.formats import read_alignments
from segmenters.alignments.spokencoco import parse_spokencoco
from unsup_asr.corpora.preparation import LeftOut, Preparation
from unsup_asr.corpora.published.by_picture import position
from unsup_asr.corpora.published.listing import UNKNOWN, Listing, require, shortfall
from unsup_asr.corpora.published.spoken_captions import prepare_spoken_captions
from unsup_asr.corpora.published.text_side import TEXT_SHARE
from unsup_asr.corpora.published.word_times import with_word_times
from unsup_asr.data.fields import Fields
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError

SOURCE = "https://groups.csail.mit.edu/sls/downloads/placesaudio/"
PICTURES = 123_287

_KARPATHY = {
    "train": "SpokenCOCO_ksplit_train.json",
    "validation": "SpokenCOCO_ksplit_val.json",
    "test": "SpokenCOCO_ksplit_test.json",
}
_RELEASE = {"train": "SpokenCOCO_train.json", "validation": "SpokenCOCO_val.json"}


@dataclass(frozen=True)
class SpokenCoco:
    """What the JSON files list, and the alignments that stand beside the captions in them, by utterance."""

    listing: Listing
    alignments: Mapping[str, Alignment]


def prepare_spokencoco(
    root: Path,
    images: Path | None = None,
    alignments: Path | None = None,
    text_share: float = TEXT_SHARE,
    captions: Path | None = None,
) -> Preparation:
    """Prepare the Karpathy splits where their files are there, otherwise the release.

    The release has no test set: half of its validation pictures, drawn by their names, become one.

    Args:
        root: holds `SpokenCOCO_ksplit_{train,val,test}.json` or `SpokenCOCO_{train,val}.json`, and `wavs/`.
        images: holds `train2014/` and `val2014/`; the root if None.
        alignments: file or folder of word alignments in any form that `read_alignments` reads, over and above
            those that stand beside the captions.
        text_share, captions: where unpaired captions come from, as in `text_side`.

    Raises:
        InputError: the folder is not the corpus, or a file of it is damaged.
        SegmentationError: the alignments cannot be read.
        UsageError: the share is out of range.
    """
    found = list_spokencoco(root, images or root)
    preparation = prepare_spoken_captions("spokencoco", found.listing, text_share, captions)
    known = {**found.alignments, **_by_recording(found.listing, alignments)}
    if not known:
        return preparation
    timed, untimed = with_word_times(preparation.splits, known)
    return replace(preparation, splits=timed, left_out=(*preparation.left_out, *untimed))


def list_spokencoco(root: Path, images: Path) -> SpokenCoco:
    """What the JSON files list, by split.

    Args:
        root: as in `prepare_spokencoco`.
        images: the folder that the names of the pictures start from.

    Raises:
        InputError: there are no such files, or one is damaged.
    """
    files = _KARPATHY if (root / _KARPATHY["train"]).exists() else _RELEASE
    require(root, tuple(files.values()), "SpokenCOCO", SOURCE)
    splits: dict[str, list[Utterance]] = {"train": [], "validation": [], "test": []}
    faulty: list[LeftOut] = []
    alignments: dict[str, Alignment] = {}
    for split, name in files.items():
        for entry in _entries(root / name, root, images):
            if isinstance(entry, InputError):
                place = str(entry.where).removeprefix(f"{root}/")
                faulty.append(LeftOut(place, split, entry.what, broken=True))
                continue
            splits[_split(split, entry.utterance, files)].append(entry.utterance)
            if entry.alignment is not None:
                alignments[entry.utterance.id] = entry.alignment
    pictures = {utterance.picture for utterances in splits.values() for utterance in utterances}
    short = shortfall("SpokenCOCO", None, len(pictures), PICTURES, "pictures")
    return SpokenCoco(Listing(splits, [*short, *faulty]), alignments)


@dataclass(frozen=True)
class _Entry:
    utterance: Utterance
    alignment: Alignment | None


def _split(split: str, utterance: Utterance, files: Mapping[str, str]) -> str:
    if split == "validation" and "test" not in files:
        return "test" if position(utterance.picture, "test") < 0.5 else "validation"
    return split


def _entries(path: Path, root: Path, images: Path) -> Iterator[_Entry | InputError]:
    """The captions of a file, or what is wrong with them."""
    for row in Fields.parse("\n".join(read_lines(path)), where=str(path)).objects("data"):
        try:
            captions = _captions(row)
        except InputError as error:
            yield error
            continue
        for caption in captions:
            try:
                yield _entry(caption, row.string("image"), root, images)
            except InputError as error:
                yield error


def _captions(row: Fields) -> Sequence[Fields]:
    """The captions of a row: all of the picture, or one that stands beside its alignment."""
    if isinstance(alone := row.values.get("caption"), dict):
        return [Fields({**row.values, **alone}, row.where)]
    if not (captions := row.objects("captions")):
        raise row.error("picture has no captions", "fetch the file again")
    return captions


def _entry(caption: Fields, image: str, root: Path, images: Path) -> _Entry:
    wav = caption.string("wav")
    id = caption.optional_string("uttid") or Path(wav).stem
    alignment = caption.optional_string("text_alignment")
    utterance = Utterance(
        id, root / wav, UNKNOWN, "en",
        speaker=caption.optional_string("speaker"), image_filepath=images / image, image_id=image,
        text=caption.string("text"),
    )  # fmt: skip
    return _Entry(utterance, None if alignment is None else parse_spokencoco(id, alignment))


def _by_recording(listing: Listing, path: Path | None) -> dict[str, Alignment]:
    """Alignments by utterance, whatever they call it: its id, its recording, or that one's name alone."""
    if path is None:
        return {}
    files = sorted(path.glob("*.json")) if path.is_dir() else []
    found = [alignment for file in files or [path] for alignment in read_alignments(file)]
    utterances = [u for us in listing.splits.values() for u in us]
    ids = {Path(u.audio_filepath).stem: u.id for u in utterances} | {u.id: u.id for u in utterances}
    return {ids.get(a.id) or ids.get(Path(a.id).stem, a.id): a for a in found}
