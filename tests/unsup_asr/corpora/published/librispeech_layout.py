"""Writes utterances in the layout of LibriSpeech, and their words in both forms that alignments circulate in."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from segmenters.alignments.textgrid import write_textgrid
from segmenters.segmentation import Segmentation, Span
from tests.unsup_asr.corpora.published.media import write_recording

# Words with their times, by id such as `84-121123-0000`.
Utterances = Mapping[str, Sequence[tuple[str, float, float]]]


def write_librispeech(top: Path, part: str, utterances: Utterances, seconds: float = 1.0) -> None:
    """Write `PART/SPEAKER/CHAPTER/ID.flac`, and a `.trans.txt` a chapter."""
    for id, words in utterances.items():
        folder = chapter(top / part, id)
        write_recording(folder / f"{id}.flac", seconds)
        with (folder / f"{id.rpartition('-')[0]}.trans.txt").open("a") as file:
            file.write(f"{id} {' '.join(word for word, _, _ in words).upper()}\n")


def write_textgrids(folder: Path, part: str, utterances: Utterances, seconds: float = 1.0) -> None:
    """Write `PART/SPEAKER/CHAPTER/ID.TextGrid`."""
    for id, words in utterances.items():
        path = chapter(folder / part, id) / f"{id}.TextGrid"
        path.parent.mkdir(parents=True, exist_ok=True)
        spans = tuple(Span(start, end) for _, start, end in words)
        write_textgrid(path, Segmentation(id, seconds, spans, "gold"), [word for word, _, _ in words])


def write_lists(folder: Path, part: str, utterances: Utterances, seconds: float = 1.0) -> None:
    """Write `PART/SPEAKER/CHAPTER/SPEAKER-CHAPTER.alignment.txt`: words, silences between them, and ends."""
    for id, words in utterances.items():
        labels, ends = [], []
        for word, start, end in words:
            if start > (ends[-1] if ends else 0.0):
                labels.append("")
                ends.append(start)
            labels.append(word.upper())
            ends.append(end)
        path = chapter(folder / part, id) / f"{id.rpartition('-')[0]}.alignment.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        times = ",".join(f"{end:g}" for end in [*ends, seconds])
        with path.open("a") as file:
            file.write(f'{id} "{",".join([*labels, ""])}" "{times}"\n')


def chapter(part: Path, id: str) -> Path:
    """The folder of an utterance."""
    speaker, book, _ = id.split("-")
    return part / speaker / book
