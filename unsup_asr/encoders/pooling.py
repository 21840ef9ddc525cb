"""Frames of a segment to a fixed number of slots."""

from collections.abc import Sequence

import torch
from torch import Tensor

from unsup_asr.errors import InputError


def pool_segments(frames: Tensor, edges: Tensor, slots: int) -> Tensor:
    """The mean frame of each of `slots` equal parts of each segment, and the segment's log duration.

    Slot borders fall between frames, which then count by their share; the running sum makes it one look-up
    per border. Frames outside a segment do not enter it.

    Args:
        frames: [T, D].
        edges: [N, 2], first and one-past-last frame of each segment, at least one frame each.
        slots: S.

    Returns:
        [N, S, D + 1]; the last channel is log(frames in the segment).
    """
    sums = torch.zeros(len(frames) + 1, frames.shape[1], dtype=torch.float64)
    sums[1:] = frames.double().cumsum(dim=0)
    steps = torch.linspace(0, 1, slots + 1, dtype=torch.float64)
    lengths = (edges[:, 1] - edges[:, 0]).double()
    borders = edges[:, :1].double() + lengths[:, None] * steps
    below = borders.floor().long().clamp(max=len(frames) - 1)
    share = (borders - below)[..., None]
    at_border = sums[below] * (1 - share) + sums[below + 1] * share
    means = at_border.diff(dim=1) * slots / lengths[:, None, None]
    durations = lengths.log()[:, None, None].expand(-1, slots, 1)
    return torch.cat([means, durations], dim=-1).float()


def spoken_in(segments: Tensor, languages: Sequence[str], language: str) -> Tensor:
    """Pooled segments that say which language they are in, where there are several.

    A channel a language, one for its own: through the first convolution it becomes an embedding of the language.

    Args:
        segments: [N, S, D + 1].
        languages: all that a model hears; with one or none there is nothing to say.
        language: of these segments.

    Returns:
        [N, S, D + 1 + languages], or the segments as they are.

    Raises:
        InputError: the language is none of them.
    """
    if len(languages) < 2:
        return segments
    if language not in languages:
        fault = f"is in {language!r}, the model hears {', '.join(languages)}"
        raise InputError(fault, remedy="add it to languages, or leave the utterance out")
    own = segments.new_zeros(len(languages))
    own[list(languages).index(language)] = 1.0
    return torch.cat([segments, own.expand(*segments.shape[:2], -1)], dim=-1)


def frame_edges(times: Tensor, spans: Tensor) -> Tensor:
    """Frames [N, 2] of spans in seconds [N, 2]: those whose time lies in [start, end), at least one each.

    Args:
        times: [T], the encoder's `frame_times`.
        spans: [N, 2], start and end in seconds.
    """
    tolerance = 1e-6
    edges = torch.searchsorted(times, spans.double() - tolerance)
    first = edges[:, 0].clamp(max=len(times) - 1)
    return torch.stack([first, edges[:, 1].maximum(first + 1)], dim=1)
