"""What training sees of the spoken side: pooled segments, their layout in utterances, and picture embeddings.

There is no field for text. Shapes: U utterances, T most segments of an utterance, N segments in all, S slots,
D channels, E width of CLIP's joint space.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from unsup_asr.data.shortlist import Shortlist
from unsup_asr.files import replacing


@dataclass(frozen=True)
class SpokenBatch:
    """Some utterances.

    Attributes:
        segments: [n, S, D], the segments of these utterances one after the other.
        mask: [B, T], true where a segment stands; `mask.sum() == n`.
        images: [B, E], unit picture embeddings.
        image_ids: [B], equal where the picture is the same.
    """

    segments: Tensor
    mask: Tensor
    images: Tensor
    image_ids: Tensor

    def spread(self, values: Tensor) -> Tensor:
        """Values of segments [n, …] laid out by utterance, [B, T, …], zero where no segment stands."""
        laid = values.new_zeros(*self.mask.shape, *values.shape[1:])
        laid[self.mask] = values
        return laid


@dataclass(frozen=True)
class SpokenWords:
    """The segments of a manifest.

    Attributes:
        ids: utterance ids, in the manifest's order.
        segments: [N, S, D].
        layout: [U, T], the row in `segments` of each utterance's segments, −1 where there is none.
        spans: [N, 2], start and end of each segment in seconds.
        images: [U, E], unit picture embeddings; empty, [U, 0], where pictures are not needed.
        image_ids: [U].
        evidence: what a recogniser's frames say of the segments that it has cut; None where there is none.
            It is not written.
    """

    ids: tuple[str, ...]
    segments: Tensor
    layout: Tensor
    spans: Tensor
    images: Tensor
    image_ids: Tensor
    evidence: Shortlist | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def batch(self, rows: Tensor) -> SpokenBatch:
        """The utterances of the given rows [B]."""
        layout = self.layout[rows]
        layout = layout[:, : int((layout >= 0).sum(dim=1).max())]
        mask = layout >= 0
        return SpokenBatch(self.segments[layout[mask]], mask, self.images[rows], self.image_ids[rows])

    def to(self, device: str) -> "SpokenWords":
        """The same on another device."""
        evidence = None if self.evidence is None else self.evidence.to(device)
        tensors = {name: getattr(self, name).to(device) for name in _TENSORS}
        return SpokenWords(self.ids, **tensors, evidence=evidence)

    def write(self, path: Path) -> None:
        """Write as one safetensors file."""
        tensors = {name: getattr(self, name).contiguous() for name in _TENSORS}
        with replacing(path) as temporary:
            save_file(tensors, temporary, metadata={"ids": "\n".join(self.ids)})

    @classmethod
    def read(cls, path: Path) -> "SpokenWords":
        """Read what `write` wrote."""
        with safe_open(path, framework="pt") as file:
            ids = tuple(file.metadata()["ids"].split("\n"))
            return cls(ids, **{name: file.get_tensor(name) for name in _TENSORS})


_TENSORS = ("segments", "layout", "spans", "images", "image_ids")


def layout_of(counts: Sequence[int]) -> Tensor:
    """Rows of consecutive segments by utterance, [U, T], −1 beyond an utterance's last.

    Args:
        counts: segments of each utterance.
    """
    numbers = torch.tensor(counts, dtype=torch.long)
    firsts = numbers.cumsum(0) - numbers
    places = torch.arange(int(numbers.max()) if len(numbers) else 0)
    return torch.where(places < numbers[:, None], firsts[:, None] + places, -1)
