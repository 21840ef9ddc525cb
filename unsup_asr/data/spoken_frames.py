"""What training sees of the spoken side where segments are yet to be found: frames and picture embeddings.

There is no field for text.
"""

from dataclasses import dataclass

from torch import Tensor

from segmenters.assignment import Assignment
from segmenters.boundary_head import FrameBatch, pad_frames
from segmenters.speech import Frames
from unsup_asr.data.spoken_words import SpokenBatch


@dataclass(frozen=True)
class SpokenFrames:
    """The frames of a manifest.

    Attributes:
        utterances: U, in the manifest's order, all of one encoder.
        images: [U, E], unit picture embeddings; empty, [U, 0], where pictures are not needed.
        image_ids: [U], equal where the picture is the same.
    """

    utterances: tuple[Frames, ...]
    images: Tensor
    image_ids: Tensor

    def __len__(self) -> int:
        return len(self.utterances)

    def frames(self, rows: Tensor) -> FrameBatch:
        """The frames of the given rows [B]."""
        return pad_frames([self.utterances[row] for row in rows.tolist()])

    def batch(self, rows: Tensor, assignment: Assignment, segments: Tensor) -> SpokenBatch:
        """The given rows [B] cut into segments.

        Args:
            rows: [B].
            assignment: how they were cut.
            segments: [n, S, D + 1], its segments pooled.
        """
        return SpokenBatch(segments, assignment.mask, self.images[rows], self.image_ids[rows])
