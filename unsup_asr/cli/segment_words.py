"""The work of `unsup-asr segment`: recordings in batches through a segmenter, or alignments read."""

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

from segmenters.alignments.alignment import by_id, report
from segmenters.alignments.formats import read_alignments
from segmenters.alignments.manifest import read_manifest_words
from segmenters.errors import SegmentationError
from segmenters.speech import Speech
from unsup_asr.cli.recordings import Recording, check_ids, manifest_recordings, recordings
from unsup_asr.cli.segment_method import make_asked
from unsup_asr.cli.segment_output import SegmentOutput
from unsup_asr.cli.status import batch_status, list_failed
from unsup_asr.errors import InputError
from unsup_asr.progress import LOGGER, Report, progress
from unsup_asr.reports.segmentation_plot import LONGEST, plot_segmentation
from unsup_asr.segmentation.attention import cls_attention
from unsup_asr.segmentation.batches import segment_each
from unsup_asr.segmentation.speech_segmenter import RATE, SpeechSegmenter

# So many recordings, or so many seconds of them, are cut at once.
_BATCH, _BATCH_SECONDS = 64, 600.0


def find_words(arguments: Namespace) -> int:
    """Segment recordings; one that cannot be used is named at the end and does not lose the others.

    Returns:
        The exit status.
    """
    heard = recordings(arguments.audio)
    if arguments.manifest is not None:
        heard += manifest_recordings(arguments.manifest)
    check_ids(heard)
    output = SegmentOutput.of(arguments)
    left = [recording for recording in heard if not output.has(recording.id)]
    segmenter = make_asked(arguments, heard)
    failed: dict[str, str] = {}
    shown = arguments.output_dir is not None or not sys.stdout.isatty()
    with progress("segmenting", len(left)) if shown else nullcontext(lambda done: None) as at:
        _cut(left, segmenter, output, failed, at)
    if arguments.plot is not None:
        _plot(arguments.plot, segmenter, [recording for recording in heard if recording.id not in failed])
    return _account(failed, len(left))


def convert_alignments(arguments: Namespace) -> int:
    """Write the words of alignments as segmentations; utterances without words are set aside.

    Returns:
        The exit status.
    """
    found = [alignment for path in arguments.audio for alignment in read_alignments(path)]
    if arguments.manifest is not None:
        found += read_manifest_words(arguments.manifest)
    alignments = by_id(found, where="AUDIO").values()
    for line in report(alignments).lines():
        LOGGER.info(line)
    output = SegmentOutput.of(arguments)
    left = [alignment for alignment in alignments if not output.has(alignment.id)]
    failed: dict[str, str] = {}
    for alignment in left:
        try:
            output.write(alignment.segmentation())
        except SegmentationError as error:
            failed[alignment.id] = str(error)
    return _account(failed, len(left))


def _cut(
    heard: Sequence[Recording],
    segmenter: SpeechSegmenter,
    output: SegmentOutput,
    failed: dict[str, str],
    at: Report,
) -> None:
    """Segment batch by batch, and write each batch before the next is heard."""
    for done, batch in _batches(heard, failed):
        for speech, found in zip(batch, segment_each(segmenter, batch), strict=True):
            try:
                if isinstance(found, SegmentationError):
                    raise found
                output.write(found)
            except SegmentationError as error:
                failed[speech.id] = str(error)
        at(done)


def _batches(heard: Sequence[Recording], failed: dict[str, str]) -> Iterator[tuple[int, list[Speech]]]:
    """The recordings that can be read, as many together as memory is meant for; and how many that makes."""
    batch: list[Speech] = []
    for number, recording in enumerate(heard, start=1):
        try:
            batch.append(recording.speech(RATE))
        except InputError as error:
            failed[recording.id] = str(error)
        full = len(batch) >= _BATCH or sum(speech.duration for speech in batch) >= _BATCH_SECONDS
        if full or number == len(heard):
            yield number, batch
            batch = []


def _plot(path: Path, segmenter: SpeechSegmenter, usable: Sequence[Recording]) -> None:
    """Draw the first recording that can be used, if there is one."""
    for recording in usable[:1]:
        speech = recording.speech(RATE)
        shown = Speech(speech.id, speech.samples[: round(LONGEST * RATE)], RATE)
        found = segmenter.segment([speech])[0]
        plot_segmentation(path, speech, found, cls_attention(segmenter, shown))


def _account(failed: dict[str, str], total: int) -> int:
    list_failed([f"{id}: {reason}" for id, reason in failed.items()])
    return batch_status(len(failed), total)
