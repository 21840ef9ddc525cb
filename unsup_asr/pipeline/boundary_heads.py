"""A boundary head of the run's own: distilled from what another segmenter finds in its training speech."""

from collections.abc import Sequence
from pathlib import Path

import torch

from segmenters.boundary_head import BoundaryHead, BoundaryHeadConfig
from segmenters.boundary_peaks import PeakConfig
from segmenters.boundary_rate import set_rate
from segmenters.segmentation import Segmentation
from segmenters.speech import Segmenter, Speech
from unsup_asr import parallel
from unsup_asr.data.spoken_frames import SpokenFrames
from unsup_asr.encoders.speech import SpeechEncoder
from unsup_asr.errors import InputError
from unsup_asr.progress import progress
from unsup_asr.segmentation.batches import segment_each
from unsup_asr.segmentation.encoded import encode
from unsup_asr.training.boundary_training import Distillation, DistillationConfig
from unsup_asr.training.loop import run_loop
from unsup_asr.training.metrics import MetricsLog

_MODEL = "model"


def distil(
    config: DistillationConfig,
    speech: Sequence[Speech],
    teacher: Segmenter,
    encoder: SpeechEncoder,
    words_per_second: float,
    folder: Path,
    seed: int,
) -> Path:
    """Train a head, or what is left of its training.

    Args:
        config: the training.
        speech: unlabelled; utterances that the teacher cannot cut are passed over.
        teacher: whose boundaries are learned.
        encoder: of the frames that the head hears.
        words_per_second: that the head is to find in the mean.
        folder: gets checkpoints, losses and the model.
        seed: of weights and order.

    Returns:
        The folder of the head, as `BoundaryHead.from_pretrained` reads it.

    Raises:
        InputError: the teacher can cut none of the utterances.
    """
    found = segment_each(teacher, speech)
    cut = [(s, words) for s, words in zip(speech, found, strict=True) if isinstance(words, Segmentation)]
    if not cut:
        fault = f"none of {len(speech)} training utterances can be cut"
        raise InputError(
            fault, where="segmentation.teacher", remedy="name another, or give recordings of speech"
        )
    frames = tuple(encode(heard, encoder) for heard, _ in cut)
    spoken = SpokenFrames(frames, torch.empty(len(frames), 0), torch.arange(len(frames)))
    torch.manual_seed(seed)
    head = BoundaryHead(BoundaryHeadConfig(encoder.channels))
    task = Distillation(config, head, spoken, [words for _, words in cut], seed)
    log = MetricsLog(folder / "metrics.jsonl", "distillation")
    with parallel.alone(), progress("distilling a boundary head", config.loop.updates) as report:
        run_loop(task, config.loop, folder / "checkpoints", log, seed, report)
    set_rate(head, PeakConfig(), frames, words_per_second)
    head.save_pretrained(folder / _MODEL)
    return folder / _MODEL
