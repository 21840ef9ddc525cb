"""The class file of the ZeroSpeech challenges 2017 and 2020, track 2, for their own scorer, `tde`.

`Class N`, then a line `recording start end` for each segment of the class, then an empty line. The form is
that of `intervals_to_zs.py` of kamperh/vqwordseg, times with four digits; `prepare_zs21_submit.py` of
jasonppy/word-discovery leaves out the line's end after `Class N`, which the scorer cannot read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from segmenters.alignments.alignment import Alignment
from segmenters.alignments.files import one_token
from segmenters.files import write_text


@dataclass(frozen=True, slots=True)
class Place:
    """Where an utterance lies: in which recording, and from which second on."""

    recording: str
    offset: float = 0.0


def zerospeech_classes(hyp: Sequence[Alignment], places: Mapping[str, Place] | None = None) -> str:
    """The text of the class file; classes by their labels' names, their segments by recording and time.

    Args:
        hyp: labelled segments.
        places: where each utterance lies; a recording of its own if None.

    Raises:
        SegmentationError: the name of a recording holds white space.
    """
    classes: dict[str, list[tuple[str, float, float]]] = {}
    for alignment in hyp:
        place = places[alignment.id] if places else Place(alignment.id)
        recording = one_token(place.recording, alignment.id)
        for word in alignment.words:
            segment = recording, place.offset + word.start, place.offset + word.end
            classes.setdefault(word.word, []).append(segment)
    return "".join(_class(number, classes[label]) for number, label in enumerate(sorted(classes)))


def write_zerospeech(
    path: str | Path, hyp: Sequence[Alignment], places: Mapping[str, Place] | None = None
) -> None:
    """Write `zerospeech_classes` to a file, atomically."""
    write_text(Path(path), zerospeech_classes(hyp, places))


def _class(number: int, segments: list[tuple[str, float, float]]) -> str:
    lines = (f"{recording} {start:.4f} {end:.4f}\n" for recording, start, end in sorted(segments))
    return f"Class {number}\n{''.join(lines)}\n"
