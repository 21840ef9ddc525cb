"""All spans between candidate boundaries of many utterances, and their embeddings, as arrays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from segmenters.frame_cuts import slots
from segmenters.segmental import Costs, Ends, Lengths
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames

Indices = npt.NDArray[np.int64]

# Numbers that the embeddings of a block of spans may take (128 MiB).
_BLOCK = 1 << 25


@dataclass(frozen=True, slots=True, eq=False)
class SpanLattice:
    """Spans of up to L slots, a slot being the stretch between neighbouring candidate boundaries.

    Attributes:
        sums: [ΣT + U, W], running sums of each utterance's frames, beginning with a row of zeros each.
        edges: [U, C + 1], frames of the candidate boundaries with both edges; padded with the last one.
        lengths: [U], slots of each utterance.
        cells: where each of the S spans stands in an array [U, C, L] (see `segmental`).
        starts: [S], row of `sums` where each span begins.
        ends: [S], row of `sums` where it ends.
        seconds: [S], how long it lasts.
        shape: U, C, L.
    """

    sums: Tensor
    edges: Indices
    lengths: Lengths
    cells: tuple[Indices, Indices, Indices]
    starts: Indices
    ends: Indices
    seconds: npt.NDArray[np.float64]
    shape: tuple[int, int, int]

    def embed(self, spans: Indices, parts: int) -> Tensor:
        """Embeddings [n, parts · W] of unit length: means of equal parts of each span, one after the other.

        A part that begins or ends within a frame takes its share of that frame.

        Args:
            spans: [n], which of the S spans.
            parts: how many parts.
        """
        starts, ends = (torch.from_numpy(rows[spans]).double()[:, None] for rows in (self.starts, self.ends))
        places = starts + (ends - starts) * torch.linspace(0, 1, parts + 1, dtype=torch.float64)
        below = places.floor().long().clamp(max=len(self.sums) - 1)
        above = (below + 1).clamp(max=len(self.sums) - 1)
        share = (places - below)[..., None].float()
        sums = torch.lerp(self.sums[below], self.sums[above], share) if parts > 1 else self.sums[below]
        parted = sums.diff(dim=1) / ((ends - starts) / parts)[..., None].float()
        return torch.nn.functional.normalize(parted.flatten(1), dim=1)

    def blocks(self) -> Iterator[Indices]:
        """All spans, in stretches whose embeddings fit into memory."""
        size = max(1, _BLOCK // (16 * self.sums.shape[1]))
        return (np.arange(s, min(s + size, len(self.starts))) for s in range(0, len(self.starts), size))

    def table(self, costs: npt.NDArray[np.floating]) -> Costs:
        """Costs of the spans [S] as an array [U, C, L], inf where there is no span."""
        table = np.full(self.shape, np.inf)
        table[self.cells] = costs
        return table

    def chosen(self, ends: Ends) -> Indices:
        """The spans that a segmentation [U, C] (see `viterbi`) consists of: [n]."""
        utterances, slots = np.nonzero(ends)
        first = np.append(True, np.diff(utterances) > 0)
        lengths = np.where(first, slots, np.diff(slots, prepend=0) - 1)
        index = np.full(self.shape, -1, dtype=np.int64)
        index[self.cells] = np.arange(len(self.starts))
        spans: Indices = index[utterances, slots, lengths]
        return spans

    def boundaries(self, ends: Ends) -> list[Indices]:
        """The frames where the segments of each utterance end, for a segmentation [U, C]."""
        return [edges[1:][mask] for edges, mask in zip(self.edges, ends, strict=True)]


def span_lattice(
    utterances: Sequence[Frames],
    values: Sequence[Tensor],
    candidates: Sequence[Segmentation],
    longest: float,
) -> SpanLattice:
    """Lay out the spans between candidate boundaries.

    Args:
        utterances: for their hops.
        values: their frames [T, W] as they are to be embedded.
        candidates: whose spans' starts and ends are the candidate boundaries.
        longest: most seconds of a span of several slots.
    """
    hops = np.array([frames.hop for frames in utterances])
    cuts = [slots(c, f.hop, len(v)) for c, f, v in zip(candidates, utterances, values, strict=True)]
    lengths = np.array([len(each) - 1 for each in cuts])
    edges = np.stack([np.pad(each, (0, lengths.max() + 1 - len(each)), mode="edge") for each in cuts])
    cells = _cells(edges, lengths, np.round(longest / hops))
    rows = np.cumsum([0, *(len(v) + 1 for v in values[:-1])])
    utterance, slot, length = cells
    starts, ends = edges[utterance, slot - length], edges[utterance, slot + 1]
    return SpanLattice(
        sums=torch.cat([torch.nn.functional.pad(v.cumsum(dim=0), (0, 0, 1, 0)) for v in values]),
        edges=edges,
        lengths=lengths,
        cells=cells,
        starts=rows[utterance] + starts,
        ends=rows[utterance] + ends,
        seconds=(ends - starts) * hops[utterance],
        shape=(len(values), edges.shape[1] - 1, int(length.max()) + 1),
    )


def _cells(
    edges: Indices, lengths: Lengths, longest: npt.NDArray[np.float64]
) -> tuple[Indices, Indices, Indices]:
    """Utterance, last slot and slots (less one) of each span of one slot or at most `longest` [U] frames."""
    found = []
    slot = np.arange(edges.shape[1] - 1)
    for length in range(len(slot)):
        frames = edges[:, 1 + length :] - edges[:, : len(slot) - length]
        fits = (length == 0) | (frames <= longest[:, None])
        utterance, first = np.nonzero(fits & (slot[length:] < lengths[:, None]))
        if not len(utterance):
            break
        found.append((utterance, first + length, np.full(len(utterance), length)))
    utterances, ends, spans = (np.concatenate(column) for column in zip(*found, strict=True))
    return utterances, ends, spans
