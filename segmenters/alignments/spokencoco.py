"""SpokenCOCO's alignment strings, `start__word__end start__word__end …` in seconds, and the JSON around them.

The form of SpokenCOCO's Karpathy split with alignments: `{"data": [{"caption": {"wav", "uttid"},
"text_alignment"}]}`; a description that could not be aligned has no `text_alignment`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from segmenters.alignments.alignment import AlignedWord, Alignment, Reason, Remark, by_id, missing
from segmenters.alignments.cleaning import DEFAULT_LABELS, Labels, clean
from segmenters.alignments.files import one_token, read_lines
from segmenters.alignments.labelling import LabelsById, labelled
from segmenters.errors import SegmentationError
from segmenters.files import write_text
from segmenters.segmentation import Segmentation

_BETWEEN = "__"


def parse_spokencoco(
    id: str, text: str, duration: float | None = None, labels: Labels = DEFAULT_LABELS
) -> Alignment:
    """Read one alignment string; a token that is not of the form gets a remark and is left out.

    Args:
        id: the utterance.
        text: its string.
        duration: its seconds, which the string does not tell.
        labels: which of the words are none.
    """
    entries, remarks = [], []
    for token in text.split():
        entry = _entry(token)
        if entry is None:
            remarks.append(Remark(Reason.MALFORMED, token))
        else:
            entries.append(entry)
    return clean(id, entries, duration, labels, remarks)


def format_spokencoco(segmentation: Segmentation, labels: Sequence[str] | None = None) -> str:
    """Write one alignment string, times to the microsecond.

    Args:
        segmentation: of one utterance.
        labels: one a span; all are `word` if None.

    Raises:
        SegmentationError: a label holds white space or `__`, or labels and spans differ in number.
    """
    return " ".join(_token(word, segmentation.id) for word in labelled(segmentation, labels).words)


def read_spokencoco(
    path: str | Path, durations: Mapping[str, float] | None = None, labels: Labels = DEFAULT_LABELS
) -> list[Alignment]:
    """Read a JSON file of SpokenCOCO's; utterances go by `uttid`, or by `wav` where there is none.

    Args:
        path: the file.
        durations: seconds of the utterances, as far as they are known.
        labels: which of the words are none.

    Raises:
        SegmentationError: it is not of that form, or an utterance comes twice.
    """
    text = "\n".join(read_lines(Path(path)))
    try:
        rows = [(_id(row), row.get("text_alignment")) for row in json.loads(text)["data"]]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        fault = f"not SpokenCOCO's form: {type(error).__name__}: {error}"
        raise SegmentationError(fault, where=path, remedy='give {"data": [{"caption", …}]}') from error
    known = durations or {}
    found = (
        missing(id) if text is None else parse_spokencoco(id, text, known.get(id), labels)
        for id, text in rows
    )
    return list(by_id(found, where=path).values())


def write_spokencoco(
    path: str | Path, segmentations: Iterable[Segmentation], labels: LabelsById | None = None
) -> None:
    """Write a JSON file that `read_spokencoco` and the published code read, atomically.

    Args:
        path: the file.
        segmentations: one an utterance; its id is written as `uttid` and as `wav`.
        labels: the labels of each utterance's spans.

    Raises:
        SegmentationError: as in `format_spokencoco`.
    """
    rows = [
        {
            "caption": {"uttid": item.id, "wav": item.id},
            "text_alignment": format_spokencoco(item, labels[item.id] if labels else None),
        }
        for item in segmentations
    ]
    write_text(Path(path), json.dumps({"data": rows}, ensure_ascii=False) + "\n")


def _entry(token: str) -> AlignedWord | None:
    parts = token.split(_BETWEEN)
    try:
        return AlignedWord(parts[1], float(parts[0]), float(parts[2])) if len(parts) == 3 else None
    except ValueError:
        return None


def _token(word: AlignedWord, id: str) -> str:
    name = one_token(word.word, id)
    if _BETWEEN in f"_{name}_":
        fault = f"label {name!r} would run into the {_BETWEEN} around it"
        raise SegmentationError(fault, where=id, remedy="replace its underscores, or write TextGrids")
    return f"{round(word.start, 6)}{_BETWEEN}{name}{_BETWEEN}{round(word.end, 6)}"


def _id(row: Mapping[str, Any]) -> str:
    caption = row.get("caption", row)
    return str(caption["uttid"] if "uttid" in caption else caption["wav"])
