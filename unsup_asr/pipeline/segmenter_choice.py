"""`segmenter=auto`: of several segmenters, the one whose segments come back most in the training speech.

Without labels, and before anything is learned. All are set to the captions' rate of words, which decides most of
what a segmenter is worth to transcription; what is left is whether they cut out words, and words recur.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segmenters.errors import SegmentationError
from segmenters.pca import fit_pca
from segmenters.recurrence import recurrence
from segmenters.segmentation import Segmentation, Span
from segmenters.speech import Speech
from unsup_asr import parallel
from unsup_asr.encoders.pooling import frame_edges, pool_segments
from unsup_asr.errors import InputError, UsageError
from unsup_asr.files import read_json, write_json
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.parts import Parts
from unsup_asr.progress import LOGGER, progress
from unsup_asr.segmentation.batches import segment_each
from unsup_asr.segmentation.encoded import encode
from unsup_asr.segmentation.methods import AUTO, GOLD, RECOGNISED, check_method

RECORD = "segmenter.json"
_WHERE = "segmenter_choice.candidates"
# Utterances that are cut at once.
_BATCH = 64
# Channels of a frame, parts of a segment: enough to tell words apart, whatever the encoder.
_CHANNELS, _SLOTS = 40, 10
# Utterances whose frames tell the principal components.
_LEARNED_FROM = 250
# A cluster for every so many words to be found, so many clusters at most.
_WORDS_PER_CLUSTER, _MOST_CLUSTERS = 20, 200


@dataclass(frozen=True)
class Candidate:
    """A method that may be chosen.

    Attributes:
        method: its name.
        recurrence: percent, of its segments; higher is better.
        words_per_second: what it finds.
    """

    method: str
    recurrence: float
    words_per_second: float


def check_choice(config: RunConfig) -> None:
    """Refuse candidates that cannot be chosen, before anything is made.

    Raises:
        UsageError: there are none, one is no method, or one that knows or needs the true words.
    """
    candidates = config.segmenter_choice.candidates
    if config.segmenter != AUTO:
        return
    if not candidates:
        raise UsageError("is empty", where=_WHERE, remedy="name segmenters, such as energy,eskmeans")
    for method in candidates:
        check_method(method, _WHERE)
        if method in (GOLD, RECOGNISED):
            fault = f"{method} is not found in unlabelled speech alone"
            raise UsageError(fault, where=_WHERE, remedy="leave it out")


def settled(config: RunConfig, parts: Parts, folder: Path) -> Parts:
    """The parts with the segmenter that is to be used, which the run folder then says.

    Args:
        config: the run.
        parts: what it stands on; features are not made yet.
        folder: the run folder; what was chosen in it is not chosen again.

    Raises:
        InputError: no utterance can be cut by every candidate.
        UsageError, SegmentationError: a candidate cannot be made.
    """
    record: dict[str, Any] = {"segmenter": config.segmenter, "words_per_second": parts.words_per_second}
    if config.segmenter == AUTO:
        candidates = _kept(folder / RECORD) or compare(config, parts)
        best = max(candidates, key=lambda candidate: candidate.recurrence)
        compared = ", ".join(f"{each.method} {each.recurrence:.1f} %" for each in candidates)
        LOGGER.info("segmenter: %s (recurrence: %s)", best.method, compared)
        record |= {"segmenter": best.method, "chosen_from": [asdict(candidate) for candidate in candidates]}
        extractor = replace(parts.extractor, config=replace(config, segmenter=best.method))
        parts = replace(parts, extractor=extractor)
    if parallel.is_first():
        write_json(folder / RECORD, {**record, "settings": asdict(config.segmentation)})
    return parts


def compare(config: RunConfig, parts: Parts) -> list[Candidate]:
    """Every candidate with what can be said of it, on the training utterances that segmenters learn from.

    Raises:
        InputError: no utterance can be cut by every candidate.
        UsageError, SegmentationError: a candidate cannot be made.
    """
    speech = parts.extractor.segmenters.training_speech()
    found = {method: _cut(method, speech, parts) for method in config.segmenter_choice.candidates}
    rows = [row for row in range(len(speech)) if all(each[row] for each in found.values())]
    if not rows:
        fault = f"none of {len(speech)} training utterances can be cut by every candidate"
        raise InputError(fault, where=_WHERE, remedy="name fewer, or give recordings of speech")
    frames = _narrowed([encode(speech[row], parts.encoder).values for row in rows])
    times = parts.encoder.frame_times
    sounds = {
        method: torch.cat(
            [_pooled(values, spans[row], times) for values, row in zip(frames, rows, strict=True)]
        )
        for method, spans in found.items()
    }
    seconds = sum(speech[row].duration for row in rows)
    fewest, words = min(map(len, sounds.values())), parts.words_per_second * seconds
    clusters = max(1, min(_MOST_CLUSTERS, round(words / _WORDS_PER_CLUSTER), fewest))
    return [
        Candidate(method, recurrence(_drawn(each, fewest), clusters), len(each) / seconds)
        for method, each in sounds.items()
    ]


def _cut(method: str, speech: Sequence[Speech], parts: Parts) -> list[tuple[Span, ...]]:
    """The spans of each utterance; none where it cannot be cut."""
    segmenter = parts.extractor.segmenters.named(method)
    found: list[Segmentation | SegmentationError] = []
    with progress(f"segmenting with {method}", len(speech)) as report:
        for first in range(0, len(speech), _BATCH):
            found += segment_each(segmenter, speech[first : first + _BATCH])
            report(len(found))
    return [each.spans if isinstance(each, Segmentation) else () for each in found]


def _narrowed(frames: Sequence[Tensor]) -> list[Tensor]:
    """Frames [T, D] of each utterance at their principal components, learned from some of them."""
    step = -(-len(frames) // _LEARNED_FROM)
    narrow = fit_pca(torch.cat(list(frames[::step])), _CHANNELS)
    return [narrow(each) for each in frames]


def _pooled(frames: Tensor, spans: Sequence[Span], times: Callable[[int], Tensor]) -> Tensor:
    """What each segment sounds like, [n, slots · channels]; how long it is does not count."""
    edges = torch.tensor([[span.start, span.end] for span in spans], dtype=torch.float64)
    pooled = pool_segments(frames, frame_edges(times(len(frames)), edges), _SLOTS)
    return pooled[:, :, :-1].flatten(1)


def _drawn(segments: Tensor, count: int) -> Tensor:
    """So many of the segments [N, D], drawn."""
    return segments[torch.randperm(len(segments), generator=torch.Generator().manual_seed(0))[:count]]


def _kept(record: Path) -> list[Candidate] | None:
    """What was found of the candidates before, if the run has begun already."""
    rows = read_json(record).get("chosen_from") if record.exists() else None
    return None if rows is None else [Candidate(**row) for row in rows]
