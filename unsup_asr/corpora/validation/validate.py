"""Validate the manifests of a corpus."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from unsup_asr.corpora.validation.entries import Entry, read_entries
from unsup_asr.corpora.validation.faults import Examination, Fault, Finding
from unsup_asr.corpora.validation.pictures import examine_picture
from unsup_asr.corpora.validation.record import Record
from unsup_asr.corpora.validation.repeats import (
    leaked_references,
    repeated_ids,
    repeated_recordings,
    shared_pictures,
)
from unsup_asr.corpora.validation.speech import examine_speech
from unsup_asr.data.audio import ROUNDING
from unsup_asr.data.captions import read_captions
from unsup_asr.progress import progress

# Opening a file waits for the disk, or for a server, most of the time.
_THREADS, _BATCH = 16, 64

Job = Callable[[], Examination]


@dataclass(frozen=True)
class Validation:
    """What a validation found.

    Attributes:
        findings: in the order of the manifests and their lines.
        entries: lines in all, whether they can be read or not.
        hours: of speech, as the manifests say.
    """

    findings: tuple[Finding, ...]
    entries: int
    hours: float

    @property
    def faulty(self) -> int:
        """How many entries have a fault; those of which there is only a note do not count."""
        return len({(each.manifest, each.line) for each in self.findings if not each.fault.is_note})

    @property
    def counts(self) -> dict[Fault, int]:
        """How often each fault was found, of those that were, in the order of `Fault`."""
        found = Counter(each.fault for each in self.findings)
        return {fault: found[fault] for fault in Fault if fault in found}


def validate(
    manifests: Sequence[Path], record: Path, captions: Sequence[Path] = (), deep: bool = False
) -> Validation:
    """Look for faults in manifests and in all that they name.

    Several manifests are the splits of one corpus, which must have no picture and no recording in common. Those
    whose names begin alike (`train_en.jsonl`, `train_hi.jsonl`) are one split.

    Args:
        manifests: the files.
        record: where progress is kept. If the file is there, a validation that was killed goes on; at the end it
            is removed.
        captions: files in which no reference of a test manifest may stand.
        deep: whether sound and pictures are decoded, too; headers alone take minutes where this takes hours.

    Raises:
        InputError: a manifest or a file of captions cannot be read at all.
    """
    known = {" ".join(words) for path in captions for words in read_captions(path)}
    read = [item for manifest in manifests for item in read_entries(manifest)]
    entries = [item for item in read if isinstance(item, Entry)]
    findings = [item for item in read if isinstance(item, Finding)]
    unreadable = sum(finding.fault is Fault.ROW for finding in findings)
    notebook = Record(record, manifests, deep)
    try:
        sound, pictures = _examine_files(entries, notebook, deep)
    finally:
        notebook.close()
    findings += _file_findings(entries, sound, pictures)
    findings += _cut_short(entries, sound)
    findings += repeated_ids(entries)
    findings += repeated_recordings(entries, [each.digest for each in sound])
    findings += shared_pictures(entries, [each.digest for each in pictures])
    findings += leaked_references(entries, known)
    notebook.remove()
    order = {manifest: number for number, manifest in enumerate(manifests)}
    findings.sort(key=lambda finding: (order[finding.manifest], finding.line))
    seconds = sum(entry.utterance.duration for entry in entries)
    return Validation(tuple(findings), len(entries) + unreadable, seconds / 3600)


def _examine_files(
    entries: Sequence[Entry], record: Record, deep: bool
) -> tuple[list[Examination], list[Examination]]:
    """The recording and the picture of each entry; a picture that several describe is looked at once."""
    paths = list(dict.fromkeys(path for entry in entries if (path := entry.utterance.image_filepath)))
    jobs = [partial(examine_speech, entry, deep) for entry in entries]
    examined = _examine([*jobs, *(partial(examine_picture, path, deep) for path in paths)], record)
    seen = dict(zip(paths, examined[len(entries) :], strict=True))
    images = (entry.utterance.image_filepath for entry in entries)
    return examined[: len(entries)], [seen[image] if image else Examination() for image in images]


def _examine(jobs: Sequence[Job], record: Record) -> list[Examination]:
    """Do all jobs that the record does not know the outcome of, many at once."""
    outcomes = dict(record.faultless)
    left = [number for number in range(len(jobs)) if number not in outcomes]
    batches = [left[start : start + _BATCH] for start in range(0, len(left), _BATCH)]
    pool = ThreadPoolExecutor(_THREADS)
    try:
        with progress("examining recordings and pictures", len(jobs)) as report:
            futures = [pool.submit(_do, jobs, batch) for batch in batches]
            for future in as_completed(futures):
                record.add(future.result())
                outcomes.update(future.result())
                report(len(outcomes))
    finally:
        pool.shutdown(cancel_futures=True)
    return [outcomes[number] for number in range(len(jobs))]


def _do(jobs: Sequence[Job], numbers: Sequence[int]) -> list[tuple[int, Examination]]:
    return [(number, jobs[number]()) for number in numbers]


def _file_findings(
    entries: Sequence[Entry], sound: Sequence[Examination], pictures: Sequence[Examination]
) -> Iterator[Finding]:
    """The faults of each entry's recording and picture."""
    for entry, heard, seen in zip(entries, sound, pictures, strict=True):
        for fault, detail in (*heard.faults, *seen.faults):
            yield entry.finding(fault, detail)


def _cut_short(entries: Sequence[Entry], sound: Sequence[Examination]) -> Iterator[Finding]:
    """Entries that leave out the end of a recording of which no other entry has a part, either."""
    uses = Counter(entry.utterance.audio_filepath for entry in entries)
    for entry, heard in zip(entries, sound, strict=True):
        utterance = entry.utterance
        alone = utterance.offset == 0 and uses[utterance.audio_filepath] == 1
        if alone and heard.seconds and utterance.duration < heard.seconds - ROUNDING:
            detail = f"the manifest says {utterance.duration:g} s, the recording has {heard.seconds:g} s"
            yield entry.finding(Fault.DURATION, detail)
