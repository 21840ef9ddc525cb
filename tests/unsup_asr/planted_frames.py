"""The planted world as frames: every word has a sound, and where it begins is known."""

from collections.abc import Sequence

import torch
from torch import Tensor

from segmenters.segmentation import Segmentation, Span, tile
from segmenters.speech import Frames
from unsup_asr.data.spoken_frames import SpokenFrames
from unsup_asr.encoders.pooling import pool_segments

HOP = 0.02
SLOTS, CHANNELS = 2, 6


def planted_frames(
    sentences: Sequence[Sequence[int]], entries: int, images: Tensor | None = None, noise: float = 0.1
) -> tuple[SpokenFrames, list[Segmentation]]:
    """Each word 6 to 10 frames, the first half one sound of its own and the second another; and the truth."""
    draw = torch.Generator().manual_seed(0)
    sounds = 2 * torch.randn(entries, 2, CHANNELS, generator=draw)
    utterances, truth = [], []
    for number, row in enumerate(sentences):
        lengths = torch.randint(6, 11, (len(row),), generator=draw)
        words = [
            sounds[entry, (2 * torch.arange(n) >= n).long()]
            for entry, n in zip(row, lengths.tolist(), strict=True)
        ]
        values = torch.cat(words)
        values = values + noise * torch.randn(values.shape, generator=draw)
        times = [0.0, *(HOP * lengths.cumsum(0).double()).tolist()]
        utterances.append(Frames(f"u{number}", values, HOP, times[-1]))
        truth.append(Segmentation(f"u{number}", times[-1], tile(times), "gold"))
    pictures = torch.zeros(len(sentences), 0) if images is None else images
    return SpokenFrames(tuple(utterances), pictures, torch.arange(len(sentences))), truth


def pooled(spoken: SpokenFrames, truth: Sequence[Segmentation]) -> Tensor:
    """The true segments [N, S, D + 1], as the system pools hard ones."""
    rows = []
    for frames, found in zip(spoken.utterances, truth, strict=True):
        edges = torch.tensor([[round(span.start / HOP), round(span.end / HOP)] for span in found.spans])
        rows.append(pool_segments(frames.values, edges, SLOTS))
    return torch.cat(rows)


def late(truth: Sequence[Segmentation], frames: int) -> list[Segmentation]:
    """The same with every inner boundary some frames late."""
    shift = frames * HOP
    return [
        Segmentation(
            item.id,
            item.duration,
            tuple(
                Span(
                    span.start + shift if n else 0.0,
                    span.end + shift if n < len(item.spans) - 1 else span.end,
                )
                for n, span in enumerate(item.spans)
            ),
            "late",
        )
        for item in truth
    ]
