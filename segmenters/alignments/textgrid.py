"""Praat's TextGrids, as the Montreal Forced Aligner and LibriSpeech's alignments come: a file an utterance."""

import codecs
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from segmenters.alignments.alignment import AlignedWord, Alignment, by_id, missing
from segmenters.alignments.cleaning import DEFAULT_LABELS, Labels, clean
from segmenters.alignments.labelling import LabelsById, labelled
from segmenters.errors import SegmentationError
from segmenters.files import replacing
from segmenters.segmentation import Segmentation

SUFFIX = ".TextGrid"
WORDS = "words"
# Below, praatio would write exponents, which readers of TextGrids do not know.
_DIGITS = 4


def read_textgrid(
    path: str | Path, id: str | None = None, tier: str = WORDS, labels: Labels = DEFAULT_LABELS
) -> Alignment:
    """Read one tier of intervals, in the long or the short form, UTF-8 or UTF-16.

    Args:
        path: the file.
        id: the utterance; the file's name without its suffix if None.
        tier: name of the tier, in upper or lower case.
        labels: which intervals are no words.

    Raises:
        SegmentationError: it is no TextGrid or has no such tier of intervals.
    """
    path = Path(path)
    grid = _parse(path)
    tiers = [found for found in grid["tiers"] if found["class"] == "IntervalTier"]
    chosen = next((found for found in tiers if found["name"].lower() == tier.lower()), None)
    if chosen is None:
        named = ", ".join(repr(found["name"]) for found in tiers) or "none"
        fault = f"has no tier of intervals {tier!r}; there are: {named}"
        raise SegmentationError(fault, where=path, remedy="name the tier that holds the words")
    entries = [AlignedWord(label, float(start), float(end)) for start, end, label in chosen["entries"]]
    return clean(id or path.stem, entries, float(grid["xmax"]), labels)


def read_textgrids(
    folder: str | Path,
    ids: Iterable[str] = (),
    tier: str = WORDS,
    labels: Labels = DEFAULT_LABELS,
) -> list[Alignment]:
    """Read all TextGrids in a folder and the folders below it, by name.

    Args:
        folder: where they lie.
        ids: utterances that should be there; those that are not get an alignment that says so.
        tier: as in `read_textgrid`.
        labels: as in `read_textgrid`.

    Raises:
        SegmentationError: a file is no TextGrid, or two have one name.
    """
    paths = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() == SUFFIX.lower())
    found = by_id((read_textgrid(path, tier=tier, labels=labels) for path in paths), where=folder)
    return [*found.values(), *(missing(id) for id in ids if id not in found)]


def write_textgrid(
    path: str | Path,
    segmentation: Segmentation,
    labels: Sequence[str] | None = None,
    form: Literal["long", "short"] = "long",
) -> None:
    """Write the spans as the intervals of one tier, times to a tenth of a millisecond, atomically.

    Intervals of a tier cannot overlap: a span that overlaps the next one ends where that starts.

    Args:
        path: the file.
        segmentation: of one utterance.
        labels: one a span; all are `word` if None.
        form: which of Praat's two text forms.

    Raises:
        SegmentationError: labels and spans differ in number, or a span is left without length.
    """
    from praatio.textgrid import IntervalTier, Textgrid

    entries = _intervals(segmentation, labels)
    duration = round(max([segmentation.duration, *(end for _, end, _ in entries)]), _DIGITS)
    grid = Textgrid(0, duration)
    grid.addTier(IntervalTier(WORDS, entries, 0, duration))
    with replacing(Path(path)) as temporary:
        grid.save(str(temporary), f"{form}_textgrid", includeBlankSpaces=True, reportingMode="error")


def write_textgrids(
    folder: str | Path, segmentations: Iterable[Segmentation], labels: LabelsById | None = None
) -> None:
    """Write a file an utterance, named by its id; ids with slashes make folders.

    Args:
        folder: where to write.
        segmentations: one an utterance.
        labels: the labels of each utterance's spans.

    Raises:
        SegmentationError: as in `write_textgrid`.
    """
    for segmentation in segmentations:
        path = Path(folder) / f"{segmentation.id}{SUFFIX}"
        write_textgrid(path, segmentation, labels[segmentation.id] if labels else None)


def _intervals(segmentation: Segmentation, labels: Sequence[str] | None) -> list[tuple[float, float, str]]:
    words = labelled(segmentation, labels).words
    starts = [round(word.start, _DIGITS) for word in words]
    latest = [*starts[1:], math.inf][: len(starts)]
    ends = [min(round(word.end, _DIGITS), most) for word, most in zip(words, latest, strict=True)]
    for start, end in zip(starts, ends, strict=True):
        if start >= end:
            fault = f"the span at {start:g} s is no longer than 0.1 ms, or another one starts with it"
            raise SegmentationError(fault, where=segmentation.id, remedy="merge them, or write CTM")
    return list(zip(starts, ends, (word.word for word in words), strict=True))


def _parse(path: Path) -> dict[str, Any]:
    """Without praatio's own checks, which stop at the first doubtful interval."""
    from praatio.utilities.errors import PraatioException
    from praatio.utilities.textgrid_io import parseTextgridStr

    try:
        data = path.read_bytes()
        utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        grid: dict[str, Any] = parseTextgridStr(data.decode("utf-16" if utf16 else "utf-8-sig"), True)
    except (OSError, ValueError, LookupError, AttributeError, PraatioException) as error:
        fault = f"no TextGrid: {type(error).__name__}: {error}"
        raise SegmentationError(fault, where=path, remedy="write it again with Praat or MFA") from error
    return grid
