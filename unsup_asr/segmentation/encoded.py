"""Segmenters of frames as segmenters of waveforms."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import torch

from segmenters.energy import EnergySegmenter
from segmenters.errors import SegmentationError
from segmenters.eskmeans import ESKMeans
from segmenters.given import Given
from segmenters.recognised.candidates import CandidatesConfig, candidate_boundaries
from segmenters.recognised.heard import Heard
from segmenters.recognised.recogniser import Recogniser
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames, FrameSegmenter, Speech
from unsup_asr.encoders.speech import SpeechEncoder


@dataclass(frozen=True)
class EncodedSegmenter:
    """A segmenter of frames behind a speech encoder.

    Attributes:
        encoder: makes the frames.
        frames: finds words in them.
    """

    encoder: SpeechEncoder
    frames: FrameSegmenter

    def segment(self, utterances: Sequence[Speech]) -> list[Segmentation]:
        """One segmentation an utterance, in their order.

        Raises:
            SegmentationError: naming the utterance that cannot be cut.
        """
        return self.frames.segment([encode(speech, self.encoder) for speech in utterances])


@dataclass(frozen=True)
class RecurringWords:
    """ES-KMeans behind a speech encoder, with dips of loudness to choose its boundaries from.

    Attributes:
        encoder: makes the frames.
        words: fitted; its own candidates are not asked.
        dips: proposes boundaries; where it finds silence, the silence's middle is one.
    """

    encoder: SpeechEncoder
    words: ESKMeans
    dips: EnergySegmenter

    def segment(self, utterances: Sequence[Speech]) -> list[Segmentation]:
        """One segmentation an utterance, in their order.

        Raises:
            SegmentationError: naming the utterance that cannot be cut.
        """
        words = replace(self.words, candidates=Given(self.dips.segment(utterances)))
        return words.segment([encode(speech, self.encoder) for speech in utterances])


@dataclass(frozen=True)
class RecognisedWords:
    """A recogniser behind a speech encoder; where it recognises nothing, there is no word.

    Attributes:
        encoder: makes the frames.
        recogniser: reads them.
        words_per_second: the rate of words, for the boundaries to choose from.
    """

    encoder: SpeechEncoder
    recogniser: Recogniser
    words_per_second: float

    def segment(self, utterances: Sequence[Speech]) -> list[Segmentation]:
        """One segmentation an utterance, in their order.

        Raises:
            SegmentationError: naming the utterance that cannot be cut.
        """
        config = self.recogniser.config
        heard = [
            hear(speech, self.encoder, self.words_per_second, config.candidates) for speech in utterances
        ]
        readings = self.recogniser.read(heard)
        return [
            each.cut(reading.spans, asdict(config)) for each, reading in zip(heard, readings, strict=True)
        ]


def hear(speech: Speech, encoder: SpeechEncoder, words_per_second: float, config: CandidatesConfig) -> Heard:
    """The frames of an utterance, and the boundaries that a recogniser may choose from.

    Raises:
        SegmentationError: it cannot be encoded or cut.
    """
    frames = encode(speech, encoder)
    return Heard(frames, candidate_boundaries(speech, frames, words_per_second, config))


def encode(speech: Speech, encoder: SpeechEncoder) -> Frames:
    """The frames of an utterance.

    Raises:
        SegmentationError: it is at another sampling rate, holds no samples, or one that is not finite.
    """
    if speech.rate != encoder.rate:
        fault = f"is at {speech.rate} Hz, the encoder hears {encoder.rate} Hz"
        raise SegmentationError(fault, where=speech.id, remedy=f"resample it to {encoder.rate} Hz")
    samples = torch.from_numpy(speech.samples)
    if not len(samples) or not samples.isfinite().all():
        fault = f"holds {len(samples)} samples, {int((~samples.isfinite()).sum())} of them not finite"
        raise SegmentationError(fault, where=speech.id, remedy="repair the recording or leave it out")
    hop = float(encoder.frame_times(2).diff())
    return Frames(speech.id, encoder.encode(samples), hop, speech.duration)
