"""LibriSpeech's `.alignment.txt`: a line an utterance, its words and the second at which each ends.

`84-121123-0000 ",GO,…," "0.490,0.890,…"`: the words between commas, silence as an empty one, then their ends.
"""

import re
from itertools import pairwise
from pathlib import Path

from segmenters.alignments.alignment import AlignedWord, Alignment, by_id
from segmenters.alignments.cleaning import DEFAULT_LABELS, Labels, clean
from segmenters.alignments.files import read_lines
from segmenters.errors import SegmentationError

SUFFIX = ".alignment.txt"
_LINE = re.compile(r'(?P<id>\S+)\s+"(?P<words>[^"]*)"\s+"(?P<ends>[^"]*)"')


def read_librispeech(path: str | Path, labels: Labels = DEFAULT_LABELS) -> list[Alignment]:
    """Read one file, or all of them in a folder and the folders below it; the last end is the duration.

    Args:
        path: file or folder.
        labels: which of the words are none.

    Raises:
        SegmentationError: naming the file and line.
    """
    path = Path(path)
    files = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
    found = (
        _alignment(line, f"{file}:{number}", labels)
        for file in files
        for number, line in enumerate(read_lines(file), start=1)
        if line.strip()
    )
    return list(by_id(found, where=path).values())


def _alignment(line: str, where: str, labels: Labels) -> Alignment:
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise SegmentationError("no alignment", where=where, remedy='write: id ",WORD," "0.49,0.89,1.2"')
    words = match["words"].split(",")
    try:
        ends = [float(end) for end in match["ends"].split(",")]
    except ValueError as error:
        raise SegmentationError(f"no time: {error}", where=where, remedy="write seconds") from error
    if len(words) != len(ends):
        fault = f"has {len(words)} words and {len(ends)} ends"
        raise SegmentationError(fault, where=where, remedy="give one end a word, silences included")
    times = pairwise([0.0, *ends])
    entries = [AlignedWord(word, *time) for word, time in zip(words, times, strict=True)]
    return clean(match["id"], entries, ends[-1], labels)
