"""LibriSpeech (Panayotov et al., 2015) with word alignments: English without pictures, to decode and score."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from segmenters.alignments.alignment import Alignment
from segmenters.alignments.librispeech import SUFFIX as LIST_SUFFIX
from segmenters.alignments.librispeech import read_librispeech
from segmenters.alignments.textgrid import SUFFIX as GRID_SUFFIX
from segmenters.alignments.textgrid import read_textgrid
from unsup_asr.corpora.preparation import LeftOut, Preparation
from unsup_asr.corpora.published.listing import UNKNOWN, Listing, distinct, require, shortfall
from unsup_asr.corpora.published.sound_files import with_sound_files
from unsup_asr.corpora.published.word_times import with_word_times
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.text import read_lines

SOURCE = "https://www.openslr.org/12"
UTTERANCES = {
    "train-clean-100": 28_539,
    "train-clean-360": 104_014,
    "train-other-500": 148_688,
    "dev-clean": 2_703,
    "dev-other": 2_864,
    "test-clean": 2_620,
    "test-other": 2_939,
}
_TOP = "LibriSpeech"


def prepare_librispeech(
    root: Path,
    test: Sequence[str] = ("test-clean",),
    validation: Sequence[str] = (),
    train: Sequence[str] = (),
    alignments: Path | None = None,
) -> Preparation:
    """Prepare the parts of LibriSpeech that are asked for; it has no pictures and lends no captions.

    Args:
        root: holds `test-clean/` and so on, or `LibriSpeech/` with them.
        test, validation, train: parts that make up each split, by the publisher's names.
        alignments: folder of TextGrids or of `.alignment.txt`, at any depth; the root if None.

    Raises:
        InputError: a part is missing.
        SegmentationError: an alignment file is damaged.
    """
    top = root / _TOP if (root / _TOP).is_dir() else root
    asked = {"train": train, "validation": validation, "test": test}
    parts = {split: names for split, names in asked.items() if names}
    require(top, [name for names in parts.values() for name in names], "LibriSpeech", SOURCE)
    listing = distinct(_listing(top, parts))
    found = with_sound_files(listing.splits)
    utterances = [utterance for split in found.kept.values() for utterance in split]
    timed, untimed = with_word_times(found.kept, _alignments(alignments or root, utterances))
    left_out = (*listing.left_out, *found.broken, *untimed)
    return Preparation("librispeech", timed, (), "gold", "none", left_out, found.other_rates)


def _listing(top: Path, parts: Mapping[str, Sequence[str]]) -> Listing:
    splits: dict[str, list[Utterance]] = {split: [] for split in parts}
    left_out: list[LeftOut] = []
    for split, names in parts.items():
        for name in names:
            found = list(_transcribed(top / name))
            splits[split] += found
            if name in UTTERANCES:
                left_out += shortfall(name, split, len(found), UTTERANCES[name], "utterances")
            left_out += _untranscribed(top / name, split, {utterance.audio_filepath for utterance in found})
    return Listing(splits, left_out)


def _transcribed(part: Path) -> Iterator[Utterance]:
    """An utterance a line of the transcripts, `id TEXT`, beside the recordings."""
    for transcript in sorted(part.rglob("*.trans.txt")):
        for line in read_lines(transcript):
            id, _, text = line.partition(" ")
            if text.strip():
                audio = transcript.parent / f"{id}.flac"
                speaker = id.partition("-")[0]
                yield Utterance(id, audio, UNKNOWN, "en", speaker=speaker, text=text.strip())


def _untranscribed(part: Path, split: str, transcribed: set[Path]) -> Iterator[LeftOut]:
    for audio in sorted(set(part.rglob("*.flac")) - transcribed):
        yield LeftOut(audio.stem, split, "transcript is missing", broken=True)


def _alignments(folder: Path, utterances: Iterable[Utterance]) -> dict[str, Alignment]:
    """Those of the utterances asked for: reading the TextGrids of all LibriSpeech takes long."""
    wanted = {utterance.id for utterance in utterances}
    chapters = {id.rpartition("-")[0] for id in wanted}
    grids = [path for path in folder.rglob(f"*{GRID_SUFFIX}") if path.stem in wanted]
    lists = [
        path for path in folder.rglob(f"*{LIST_SUFFIX}") if path.name.removesuffix(LIST_SUFFIX) in chapters
    ]
    listed = [alignment for path in sorted(lists) for alignment in read_librispeech(path)]
    return {a.id: a for a in (*listed, *map(read_textgrid, sorted(grids)))}
