"""CTM, NIST's time-marked conversation form: `utterance channel start duration word [confidence]` a line."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from segmenters.alignments.alignment import AlignedWord, Alignment, missing
from segmenters.alignments.cleaning import DEFAULT_LABELS, Labels, clean
from segmenters.alignments.files import one_token, read_lines
from segmenters.alignments.labelling import LabelsById, labelled
from segmenters.errors import SegmentationError
from segmenters.files import write_text
from segmenters.segmentation import Segmentation

SUFFIX = ".ctm"
_CHANNEL = "1"
_COMMENT = ";;"


def read_ctm(
    path: str | Path, durations: Mapping[str, float] | None = None, labels: Labels = DEFAULT_LABELS
) -> list[Alignment]:
    """Read a CTM; the lines of an utterance may stand anywhere, and its channels count as one.

    Args:
        path: the file.
        durations: seconds of each utterance, which CTM does not tell; those that the file lacks get an
            alignment that says so.
        labels: which of the words are none.

    Raises:
        SegmentationError: naming the file and line.
    """
    entries: dict[str, list[AlignedWord]] = {}
    for number, line in enumerate(read_lines(Path(path)), start=1):
        if line.strip() and not line.lstrip().startswith(_COMMENT):
            id, word = _entry(line, f"{path}:{number}")
            entries.setdefault(id, []).append(word)
    durations = durations or {}
    found = [clean(id, words, durations.get(id), labels) for id, words in entries.items()]
    return [*found, *(missing(id) for id in durations if id not in entries)]


def write_ctm(
    path: str | Path, segmentations: Iterable[Segmentation], labels: LabelsById | None = None
) -> None:
    """Write one line a span, atomically; a span's score stands as its confidence.

    Args:
        path: the file.
        segmentations: one an utterance.
        labels: the labels of each utterance's spans; all are `word` if None.

    Raises:
        SegmentationError: an id or a label holds white space, or labels and spans differ in number.
    """
    lines = [line for item in segmentations for line in _lines(item, labels)]
    write_text(Path(path), "".join(f"{line}\n" for line in lines))


def _entry(line: str, where: str) -> tuple[str, AlignedWord]:
    fields = line.split()
    if len(fields) not in (5, 6):
        fault = f"has {len(fields)} fields, 5 or 6 are needed"
        raise SegmentationError(fault, where=where, remedy="write: utterance channel start duration word")
    try:
        start, duration = float(fields[2]), float(fields[3])
    except ValueError as error:
        raise SegmentationError(f"no time: {error}", where=where, remedy="write seconds") from error
    # Without the digits that the sum of two decimal fractions brings in.
    return fields[0], AlignedWord(fields[4], start, round(start + duration, 9))


def _lines(segmentation: Segmentation, labels: LabelsById | None) -> Iterable[str]:
    id = one_token(segmentation.id, segmentation.id)
    words = labelled(segmentation, labels[id] if labels else None).words
    for word, span in zip(words, segmentation.spans, strict=True):
        name = one_token(word.word, id)
        confidence = "" if span.score is None else f" {span.score:.6g}"
        yield f"{id} {_CHANNEL} {span.start:.6f} {span.end - span.start:.6f} {name}{confidence}"
