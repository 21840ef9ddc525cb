"""Alignments of whatever format, told by the name of the file or what lies in the folder."""

import re
from pathlib import Path

from segmenters.alignments import ctm, librispeech, manifest, textgrid
from segmenters.alignments.alignment import Alignment
from segmenters.alignments.cleaning import DEFAULT_LABELS, Labels
from segmenters.alignments.files import read_lines
from segmenters.alignments.labelling import labelled
from segmenters.alignments.spokencoco import read_spokencoco
from segmenters.errors import SegmentationError
from segmenters.segmentation import read_segmentations


def read_alignments(path: str | Path, labels: Labels = DEFAULT_LABELS) -> list[Alignment]:
    """Read a folder of TextGrids or of LibriSpeech's `.alignment.txt`, one such file, CTM, SpokenCOCO's JSON, a
    manifest with words, or segmentations as JSONL, whose words have no names.

    Args:
        path: file or folder.
        labels: which entries are no words.

    Raises:
        SegmentationError: the format is none of these, there is nothing in it, or the file is damaged.
    """
    path = Path(path)
    alignments = _folder(path, labels) if path.is_dir() else _file(path, labels)
    if not alignments:
        raise SegmentationError("holds no alignment", where=path, remedy="check the path")
    return alignments


def _folder(path: Path, labels: Labels) -> list[Alignment]:
    return textgrid.read_textgrids(path, labels=labels) or librispeech.read_librispeech(path, labels)


def _file(path: Path, labels: Labels) -> list[Alignment]:
    if path.name.endswith(librispeech.SUFFIX):
        return librispeech.read_librispeech(path, labels)
    match path.suffix.lower():
        case ".textgrid":
            return [textgrid.read_textgrid(path, labels=labels)]
        case ctm.SUFFIX:
            return ctm.read_ctm(path, labels=labels)
        case ".json":
            return read_spokencoco(path, labels=labels)
        case manifest.SUFFIX:
            return _jsonl(path, labels)
    known = f"{textgrid.SUFFIX}, {ctm.SUFFIX}, .json, {manifest.SUFFIX} or {librispeech.SUFFIX}"
    raise SegmentationError(f"{path.name!r} is of no known format", where=path, remedy=f"give {known}")


def _jsonl(path: Path, labels: Labels) -> list[Alignment]:
    """Segmentations have a key `method`; utterances of a manifest may at most have such a word."""
    first = next((line for line in read_lines(path) if line.strip()), "")
    if re.search(r'"method"\s*:', first):
        return [labelled(segmentation) for segmentation in read_segmentations(path)]
    return manifest.read_manifest_words(path, labels)
