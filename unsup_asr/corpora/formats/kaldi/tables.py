"""The files of a Kaldi folder: a key and a value a line, in the order of the keys' bytes (LC_ALL=C)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError
from unsup_asr.files import write_text

WAVS, SEGMENTS, TEXT, CTM, IDS = "wav.scp", "segments", "text", "ctm", "ids.jsonl"
SPEAKERS, UTTERANCES, DURATIONS, LANGUAGES = "utt2spk", "spk2utt", "utt2dur", "utt2lang"
# In IDS: the text of the utterance is not known, which Kaldi cannot tell from an empty one.
UNTRANSCRIBED = "untranscribed"

# Kaldi's; other white space of Unicode is a part of words.
_BLANKS = " \t\r\f\v"


@dataclass(frozen=True, slots=True)
class Entry:
    """A value, and the file and line where it stands."""

    value: str
    where: str


def write_table(folder: Path, name: str, values: Mapping[str, str]) -> None:
    """Write a table, atomically; an empty value leaves its key alone on the line."""
    # Python sorts by code points, which is the order of UTF-8's bytes.
    lines = (f"{key} {values[key]}".rstrip(" ") for key in sorted(values))
    write_text(folder / name, "".join(f"{line}\n" for line in lines))


def read_table(folder: Path, name: str) -> dict[str, Entry]:
    """Read a table; a file that is missing is an empty one.

    Raises:
        InputError: a key stands twice; names the file and the line.
    """
    path, table = folder / name, dict[str, Entry]()
    if not path.exists():
        return table
    for number, line in enumerate(read_lines(path), start=1):
        if not (line := line.strip(_BLANKS)):
            continue
        key, *value = re.split(f"[{_BLANKS}]+", line, maxsplit=1)
        if key in table:
            fault = f"{key!r} came before"
            raise InputError(fault, where=f"{path}:{number}", remedy="run utils/fix_data_dir.sh")
        table[key] = Entry("".join(value), f"{path}:{number}")
    return table
