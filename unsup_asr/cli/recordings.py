"""What `transcribe` and `segment` are given to hear: audio files, and the utterances of manifests."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from segmenters.speech import Speech
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance, Word, read_manifest
from unsup_asr.errors import UsageError

MANIFEST_SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording, or an utterance in one.

    Attributes:
        id: the utterance's, or the file's name without its suffix.
        path: the file.
        offset: second at which it starts.
        duration: seconds; to the file's end if None.
        words: true word times, where a manifest has them.
        language: its code, where a manifest has it.
    """

    id: str
    path: Path
    offset: float = 0.0
    duration: float | None = None
    words: tuple[Word, ...] = ()
    language: str | None = None

    @property
    def stem(self) -> str:
        """Its id as part of a file's name, which may hold no slash."""
        return self.id.replace("/", "_")

    def speech(self, rate: int) -> Speech:
        """Its waveform at a sampling rate; raises InputError where it cannot be had."""
        return Speech(self.id, read_audio(self.path, rate, self.offset, self.duration), rate)


def recordings(paths: Iterable[Path]) -> list[Recording]:
    """All that is to be heard, in order; files named `*.jsonl` are manifests.

    Raises:
        InputError: a manifest cannot be read.
    """
    found: list[Recording] = []
    for path in paths:
        if path.suffix == MANIFEST_SUFFIX:
            found += manifest_recordings(path)
        else:
            found.append(Recording(path.stem, path))
    return found


def manifest_recordings(path: Path) -> list[Recording]:
    """The utterances of a manifest.

    Raises:
        InputError: it cannot be read.
    """
    return [_of_utterance(utterance) for utterance in read_manifest(path)]


def check_ids(found: Iterable[Recording]) -> None:
    """Refuse two recordings of one name: one's file would overwrite the other's.

    Raises:
        UsageError: naming both.
    """
    first: dict[str, Path] = {}
    for recording in found:
        earlier = first.setdefault(recording.stem, recording.path)
        if earlier is not recording.path:
            fault = f"{earlier} and {recording.path} are both called {recording.stem!r}"
            raise UsageError(fault, remedy="rename one, or work on them apart")


def _of_utterance(utterance: Utterance) -> Recording:
    return Recording(
        utterance.id,
        utterance.audio_filepath,
        utterance.offset,
        utterance.duration,
        utterance.words,
        utterance.lang,
    )
