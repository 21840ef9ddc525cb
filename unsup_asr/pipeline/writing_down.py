"""Whole manifests through a trained model, in batches, of which a bad utterance does not lose the others."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from segmenters.segmentation import Segmentation
from segmenters.speech import Segmenter, Speech
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance
from unsup_asr.decoding.hypothesis import Hypothesis
from unsup_asr.decoding.transcription import Transcription
from unsup_asr.errors import InputError
from unsup_asr.pipeline.setting_aside import SetAside, attempt
from unsup_asr.progress import progress
from unsup_asr.segmentation.batches import segment_each
from unsup_asr.speech_to_text import SpeechToText

# Utterances that are decoded at once.
_BATCH = 64


@dataclass(frozen=True)
class Written:
    """An utterance and what was written for it.

    Attributes:
        utterance: of the manifest.
        hypothesis: the text.
        method: that found its words.
    """

    utterance: Utterance
    hypothesis: Hypothesis
    method: str


def write_down(
    model: SpeechToText, segmenter: Segmenter, utterances: Sequence[Utterance]
) -> tuple[list[Written], list[SetAside]]:
    """Decode utterances.

    Args:
        model: writes them down.
        segmenter: finds their words.
        utterances: each in the language that its manifest names.

    Returns:
        What was written, and what could not be used, both in the order of the utterances.
    """
    written: list[Written] = []
    set_aside: list[SetAside] = []
    with progress("transcribing", len(utterances)) as report, ThreadPoolExecutor(2) as threads:
        for first in range(0, len(utterances), _BATCH):
            batch = utterances[first : first + _BATCH]
            read = list(threads.map(partial(attempt, partial(_read, model.encoder.rate)), batch))
            for utterance, heard in zip(batch, _heard(model, segmenter, batch, read), strict=True):
                if isinstance(heard, Written):
                    written.append(heard)
                else:
                    set_aside.append(SetAside(utterance.id, heard))
            report(first + len(batch))
    return written, set_aside


@dataclass(frozen=True)
class _Cut:
    utterance: Utterance
    speech: Speech
    segmentation: Segmentation


def _read(rate: int, utterance: Utterance) -> Speech:
    samples = read_audio(utterance.audio_filepath, rate, utterance.offset, utterance.duration)
    return Speech(utterance.id, samples, rate)


def _heard(
    model: SpeechToText, segmenter: Segmenter, batch: Sequence[Utterance], read: Sequence[Speech | str]
) -> Iterator[Written | str]:
    """Of each utterance, what was written, or why nothing could be."""
    found = iter(segment_each(segmenter, [speech for speech in read if isinstance(speech, Speech)]))
    cuts: list[_Cut | str] = []
    for utterance, speech in zip(batch, read, strict=True):
        if isinstance(speech, str):
            cuts.append(speech)
        else:
            spans = next(found)
            cuts.append(_Cut(utterance, speech, spans) if isinstance(spans, Segmentation) else str(spans))
    written = iter(_transcribed(model, [cut for cut in cuts if isinstance(cut, _Cut)]))
    for cut in cuts:
        yield next(written) if isinstance(cut, _Cut) else cut


def _transcribed(model: SpeechToText, cuts: Sequence[_Cut]) -> list[Written | str]:
    """A batch that fails is halved until those that cannot be transcribed stand alone."""
    if not cuts:
        return []
    try:
        texts = model.transcribe_all(
            [cut.speech.samples for cut in cuts],
            [cut.segmentation for cut in cuts],
            [cut.utterance.lang for cut in cuts],
        )
    except InputError as error:
        if len(cuts) == 1:
            return [f"{cuts[0].utterance.id}: {error}"]
        middle = len(cuts) // 2
        return [*_transcribed(model, cuts[:middle]), *_transcribed(model, cuts[middle:])]
    return [_written(cut, text) for cut, text in zip(cuts, texts, strict=True)]


def _written(cut: _Cut, text: Transcription) -> Written:
    hypothesis = Hypothesis(cut.utterance.id, text.text, text.words, text.score, text.sources)
    return Written(cut.utterance, hypothesis, cut.segmentation.method)
