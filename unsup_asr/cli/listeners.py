"""What writes recordings down for `transcribe`: a run's student, or the model that reads segments."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from segmenters.errors import SegmentationError
from segmenters.speech import Frames, Segmenter
from unsup_asr.cli.recordings import Recording
from unsup_asr.decoding.hypothesis import Hypothesis
from unsup_asr.decoding.long_speech import transcribe_frames
from unsup_asr.decoding.transcription import Transcription, transcription_of
from unsup_asr.decoding.translator import Translator
from unsup_asr.errors import InputError, UsageError
from unsup_asr.speech_to_text import SpeechToText, read_translator
from unsup_asr.student import Student, student_folder

# Seconds of speech that a student hears at once.
_AT_ONCE = 300.0


class Listener(Protocol):
    """Writes recordings down."""

    @property
    def language(self) -> str:
        """Code of the language that it hears."""
        ...

    def listen(self, heard: Iterable[Recording]) -> Iterator[tuple[Recording, Transcription | str]]:
        """Each recording with what was written, or why nothing could be, in their order."""
        ...


def listener(
    path: Path, segmenter: str | None, language: str | None, device: str, heard: Sequence[Recording]
) -> Listener:
    """The student of a run if it has one and no segmenter is named, else the model that reads segments.

    Args:
        path: a run or model folder.
        segmenter: what finds the words, as `--segmenter` says.
        language: that recordings are in which do not say their own.
        device: where to compute.
        heard: what is to be transcribed.

    Raises:
        UsageError: there is no such segmenter, or nothing that needs one.
        InputError: there is no model, or it is damaged.
    """
    student = student_folder(path)
    if segmenter is None and student is not None:
        return StudentListener(Student.from_pretrained(path, device), read_translator(path, device))
    if student == path:
        fault, remedy = f"{path} is a student, which needs none", "leave it out, or give the run's folder"
        raise UsageError(fault, where="--segmenter", remedy=remedy)
    # What finds words takes seconds to import; a student does without.
    from unsup_asr.cli.word_times import word_finder

    model = SpeechToText.from_pretrained(path, device)
    return SegmentListener(model, word_finder(segmenter, model, heard), language)


@dataclass(frozen=True)
class SegmentListener:
    """A model that reads segments, one recording at a time.

    Attributes:
        model: reads them.
        segmenter: finds them.
        spoken: the language of recordings that do not say their own.
    """

    model: SpeechToText
    segmenter: Segmenter
    spoken: str | None

    @property
    def language(self) -> str:
        """Code of the language that it hears."""
        return self.model.config.language

    def listen(self, heard: Iterable[Recording]) -> Iterator[tuple[Recording, Transcription | str]]:
        """Each recording with what was written, or why nothing could be, in their order."""
        for recording in heard:
            yield recording, self._written(recording)

    def _written(self, recording: Recording) -> Transcription | str:
        try:
            speech = recording.speech(self.model.encoder.rate)
            found = self.segmenter.segment([speech])[0]
            return self.model.transcribe(speech.samples, found, recording.language or self.spoken)
        except (InputError, SegmentationError) as error:
            return str(error)


@dataclass(frozen=True)
class StudentListener:
    """A student, some minutes of recordings at a time.

    Attributes:
        model: the student.
        translator: of its run, where there is one; a student's folder by itself has none.
    """

    model: Student
    translator: Translator | None = None

    @property
    def language(self) -> str:
        """Code of the language that it hears."""
        return self.model.config.language

    def listen(self, heard: Iterable[Recording]) -> Iterator[tuple[Recording, Transcription | str]]:
        """Each recording with what was written, or why nothing could be, in their order."""
        waiting: list[tuple[Recording, Frames | str]] = []
        seconds = 0.0
        for recording in heard:
            waiting.append((recording, frames := self._frames(recording)))
            seconds += 0.0 if isinstance(frames, str) else frames.duration
            if seconds >= _AT_ONCE:
                yield from self._written(waiting)
                waiting, seconds = [], 0.0
        yield from self._written(waiting)

    def _frames(self, recording: Recording) -> Frames | str:
        try:
            return self.model.hear(recording.speech(self.model.encoder.rate).samples)
        except InputError as error:
            return str(error)

    def _written(
        self, waiting: Sequence[tuple[Recording, Frames | str]]
    ) -> Iterator[tuple[Recording, Transcription | str]]:
        frames = [heard for _, heard in waiting if isinstance(heard, Frames)]
        texts = iter(self._translated(transcribe_frames(self.model.decoder, frames)))
        for recording, heard in waiting:
            yield recording, heard if isinstance(heard, str) else next(texts)

    def _translated(self, written: Sequence[Transcription]) -> Sequence[Transcription]:
        """In the order of English and written anew, as the run does it."""
        if self.translator is None:
            return written
        words = [Hypothesis(str(number), t.text, t.words, t.score) for number, t in enumerate(written)]
        return [transcription_of(h) for h in self.translator.denoised(self.translator.reordered(words))]
