"""The words of a manifest as Praat's TextGrids, a file an utterance, and back."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from segmenters.alignments.alignment import Alignment, Reason
from segmenters.alignments.cleaning import DEFAULT_LABELS
from segmenters.alignments.textgrid import SUFFIX, read_textgrid, write_textgrid
from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation, Span
from unsup_asr.corpora.formats.headers import Header, read_headers
from unsup_asr.corpora.formats.names import Ids, Names, in_file_name
from unsup_asr.corpora.formats.transfer import Exported, Imported, within, without
from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.data.manifest import Utterance, Word
from unsup_asr.errors import InputError

_AUDIO = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".aiff")
# TextGrids are written to a tenth of a millisecond; neighbours that overlap by less do not.
_PRECISION = 1e-4


def write_textgrids(utterances: Sequence[Utterance], folder: Path) -> Exported:
    """Write `ID.TextGrid` with a tier `words` for each utterance that has words, atomically file by file.

    Characters that the name of a file cannot have become `_`.

    Raises:
        InputError: no utterance has words.
    """
    left_out, written = list[LeftOut](), list[Utterance]()
    for utterance, path in zip(utterances, _paths(utterances, folder), strict=True):
        if not utterance.words:
            left_out.append(LeftOut(utterance.id, None, "has no words", broken=False))
            continue
        spans = tuple(Span(word.start, word.end) for word in utterance.words)
        try:
            segmentation = Segmentation(utterance.id, utterance.duration, spans, "gold")
            write_textgrid(path, segmentation, [word.word for word in utterance.words])
        except SegmentationError as fault:
            left_out.append(LeftOut(utterance.id, None, fault.what, broken=True))
        else:
            written.append(utterance)
    if not written:
        raise InputError("no utterance has words", where=folder, remedy="align the manifest first")
    return Exported(len(written), _lost(written), tuple(left_out))


def read_words(utterances: Sequence[Utterance], folder: Path) -> Imported:
    """Give utterances the words of the TextGrids named by their ids; the others keep theirs.

    Args:
        utterances: of the manifest that the TextGrids belong to.
        folder: with the TextGrids, as `write_textgrids` or an aligner names them.

    Raises:
        SegmentationError: a file is no TextGrid, or has no tier `words`.
        InputError: there is no TextGrid of any utterance.
    """
    lost, left_out, found = Counter[str](), list[LeftOut](), list[Utterance]()
    for utterance, path in zip(utterances, _paths(utterances, folder), strict=True):
        if path.exists():
            found.append(_with_words(utterance, read_textgrid(path), lost))
        else:
            found.append(utterance)
            left_out.append(LeftOut(utterance.id, None, f"has no {SUFFIX}; its words stay", broken=True))
    if len(left_out) == len(utterances):
        fault = f"has no {SUFFIX} of any of {len(utterances)} utterances"
        raise InputError(fault, where=folder, remedy="name them by the ids of the utterances")
    return Imported(found, lost, tuple(left_out))


def read_aligned_folder(folder: Path, lang: str) -> Imported:
    """Read recordings with a TextGrid beside each, as the Montreal Forced Aligner has them; names are ids.

    Args:
        folder: where they lie, in folders below it, too.
        lang: language of the speech.

    Raises:
        SegmentationError: a file is no TextGrid, or has no tier `words`.
        InputError: there is no TextGrid with a recording beside it.
    """
    grids = sorted(path for path in folder.rglob("*") if path.suffix.lower() == SUFFIX.lower())
    beside = {grid: _recording(grid) for grid in grids}
    headers = read_headers(path for path in beside.values() if path is not None)
    lost, left_out, found, ids = Counter[str](), list[LeftOut](), list[Utterance](), Ids()
    for grid, path in beside.items():
        header = None if path is None else headers[path]
        if path is None or not isinstance(header, Header):
            reason = "no recording lies beside it" if not isinstance(header, InputError) else header.what
            left_out.append(LeftOut(str(grid.relative_to(folder)), None, reason, broken=True))
            continue
        id = ids.new(None, grid.stem) or grid.stem
        utterance = Utterance(id, path.absolute(), header.duration, lang)
        found.append(_with_words(utterance, read_textgrid(grid), lost))
    if not found:
        fault = f"has no {SUFFIX} with a recording beside it"
        raise InputError(fault, where=folder, remedy="name the manifest that they belong to: --manifest FILE")
    return Imported(found, lost, tuple(left_out))


def _paths(utterances: Sequence[Utterance], folder: Path) -> list[Path]:
    """The TextGrid of each utterance: the same ids in the same order have the same names."""
    names = Names(lambda character: in_file_name(character) or character in ". ")
    return [folder / f"{names.new(utterance.id)}{SUFFIX}" for utterance in utterances]


def _with_words(utterance: Utterance, alignment: Alignment, lost: Counter[str]) -> Utterance:
    lost.update(str(remark.reason) for remark in alignment.remarks if remark.reason is not Reason.SILENCE)
    words = (Word(word.word, word.start, word.end) for word in alignment.words)
    return replace(utterance, words=within(words, utterance.duration, lost))


def _recording(grid: Path) -> Path | None:
    candidates = (grid.with_suffix(ending) for ending in _AUDIO)
    return next((path for path in candidates if path.is_file()), None)


def _lost(utterances: Sequence[Utterance]) -> Counter[str]:
    """What a tier of words cannot hold."""
    lost = without(utterances, "speaker", "image_filepath", "image_id", "text", "translations")
    for words in (utterance.words for utterance in utterances):
        if any(left.end > right.start + _PRECISION for left, right in pairwise(words)):
            lost["overlap of words"] += 1
        if any(DEFAULT_LABELS.reason(word.word) for word in words):
            lost["word that aligners take for silence"] += 1
    return lost
