"""Units of speech: clusters of spectral frames, the targets of a miniature HuBERT's first training."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from segmenters.kmeans import kmeans, nearest
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.encoders.transformers_speech import receptive_field
from unsup_asr.progress import progress

_ROUNDS = 15


@dataclass(frozen=True)
class SpeechUnits:
    """The unit of every frame that a stack of convolutions makes of each utterance.

    Attributes:
        labels: of each utterance, [T].
        hop: samples between frames.
        reach: samples that a frame sees.
    """

    labels: tuple[Tensor, ...]
    hop: int
    reach: int

    def frames(self, samples: int) -> int:
        """Frames that the convolutions make of so many samples."""
        return max(0, (samples - self.reach) // self.hop + 1)

    def samples(self, frames: int) -> int:
        """Least samples that so many frames are made of."""
        return (frames - 1) * self.hop + self.reach


def spectral_units(
    utterances: Sequence[Utterance],
    log_mel: LogMelConfig,
    kernels: Sequence[int],
    strides: Sequence[int],
    count: int,
    seed: int,
) -> SpeechUnits:
    """Cluster log-mel frames, with their slopes, taken where the frames of the convolutions have their middle.

    Args:
        utterances: the speech.
        log_mel: the spectrum.
        kernels, strides: of the convolutions.
        count: clusters.
        seed: of k-means.
    """
    encoder = LogMelEncoder(log_mel)
    hop, reach = math.prod(strides), receptive_field(kernels, strides)

    def spectrum(utterance: Utterance) -> Tensor:
        samples = read_audio(utterance.audio_filepath, encoder.rate, utterance.offset, utterance.duration)
        frames = encoder.encode(torch.from_numpy(samples))
        slopes = _slopes(frames)
        middles = torch.arange(max(0, (len(samples) - reach) // hop + 1)) * hop + reach // 2
        nearest_frames = (middles / log_mel.hop).round().long().clamp(max=len(frames) - 1)
        return torch.cat([frames, slopes], dim=1)[nearest_frames]

    with progress("spectra", len(utterances)) as report, ThreadPoolExecutor(2) as threads:
        spectra = []
        for done, frames in enumerate(threads.map(spectrum, utterances), start=1):
            spectra.append(frames)
            report(done)
    points = torch.cat(spectra)
    labels, _ = nearest(points, kmeans(points, count, _ROUNDS, seed))
    return SpeechUnits(tuple(labels.split([len(frames) for frames in spectra])), hop, reach)


def _slopes(frames: Tensor) -> Tensor:
    """Differences of the frames before and after each, [T, D]; zero at the edges."""
    slopes = torch.zeros_like(frames)
    slopes[1:-1] = frames[2:] - frames[:-2]
    return slopes
