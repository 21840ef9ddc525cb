"""The words of a manifest: JSON lines with `id`, `duration` and `words`, a list of `{word, start, end}`."""

import json
from pathlib import Path
from typing import Any

from segmenters.alignments.alignment import AlignedWord, Alignment, by_id, missing
from segmenters.alignments.cleaning import DEFAULT_LABELS, Labels, clean
from segmenters.alignments.files import read_lines
from segmenters.errors import SegmentationError

SUFFIX = ".jsonl"


def read_manifest_words(path: str | Path, labels: Labels = DEFAULT_LABELS) -> list[Alignment]:
    """Read the words of every utterance; those without words get an alignment that says so.

    Args:
        path: the manifest; keys other than the three are passed over.
        labels: which of the words are none.

    Raises:
        SegmentationError: naming the file and line.
    """
    lines = enumerate(read_lines(Path(path)), start=1)
    found = (_alignment(line, f"{path}:{number}", labels) for number, line in lines if line.strip())
    return list(by_id(found, where=path).values())


def _alignment(line: str, where: str, labels: Labels) -> Alignment:
    try:
        row = json.loads(line)
        id, words = str(row["id"]), row.get("words") or []
        duration = float(row["duration"]) if "duration" in row else None
        entries = [_entry(word) for word in words]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        fault = f"no utterance: {type(error).__name__}: {error}"
        remedy = 'write {"id", "duration", "words": [{"word", "start", "end"}]}'
        raise SegmentationError(fault, where=where, remedy=remedy) from error
    return clean(id, entries, duration, labels) if entries else missing(id)


def _entry(word: dict[str, Any]) -> AlignedWord:
    return AlignedWord(str(word["word"]), float(word["start"]), float(word["end"]))
