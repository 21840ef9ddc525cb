"""Long recordings in overlapping windows, so that memory does not grow with their length."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """Part of a recording, in its frames; of those heard, the ones at inner edges are context alone.

    Attributes:
        start: the first frame heard.
        stop: one past the last frame heard.
        first: the first frame that this window decides about.
        last: one past the last frame that it decides about.
    """

    start: int
    stop: int
    first: int
    last: int

    @property
    def kept(self) -> slice:
        """Its own frames among those it hears."""
        return slice(self.first - self.start, self.last - self.start)


def windows(total: int, length: int, context: int) -> list[Window]:
    """The whole recording, or overlapping windows, of which exactly one decides about a frame.

    Args:
        total: frames of the recording.
        length: frames that a window hears at most; more than twice the context.
        context: frames at each inner edge of a window that its neighbour decides about.
    """
    if total <= length:
        return [Window(0, total, 0, total)]
    # The last one is flush with the end, so that it hears as much as the others.
    starts = [*range(0, total - length, length - 2 * context), total - length]
    edges = [0, *(start + context for start in starts[1:]), total]
    return [
        Window(start, start + length, first, last)
        for start, first, last in zip(starts, edges[:-1], edges[1:], strict=True)
    ]
