"""What segments sound like, in sums from which any naming of them can be judged without hearing them again.

Shapes: N segments, S slots that each is pooled into, C channels, D directions, V entries.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from segmenters.recognised.state_gaussians import ASSUMED, StateGaussians, in_context
from segmenters.recognised.word_states import STATES, state_at

# The most directions that segments are compared in; those in which states hardly differ tell nothing.
_DIRECTIONS, _NEGLIGIBLE = 64, 1e-6
# Segments that are looked at together.
_CHUNK = 4096


@dataclass(frozen=True)
class SegmentSounds:
    """Sums over the slots of segments' thirds, in directions in which the variance within states is one.

    Attributes:
        sums: [N, 3, D], of slots from which the mean of all states is taken off.
        counts: [N, 3], slots.
    """

    sums: Tensor
    counts: Tensor

    @classmethod
    def of(cls, segments: Tensor, read: Tensor, size: int) -> "SegmentSounds":
        """Those of pooled segments [N, S, C], in the directions that tell apart what was read in them.

        A state is a third of a word; the directions are Fisher's (1936), of slots with those beside them.

        Args:
            segments: as the generator hears them.
            read: [N], entries.
            size: V.
        """
        slots = segments.shape[1]
        third = state_at(slots, torch.arange(slots, device=segments.device))
        directions, centre = _discriminants(segments, read[:, None] * STATES + third, size * STATES)
        sums = [
            heard.new_zeros(len(heard), STATES, directions.shape[1]).index_add_(
                1, third, heard @ directions - centre
            )
            for heard in _heard(segments)
        ]
        counts = third.bincount(minlength=STATES).to(segments).expand(len(segments), -1)
        return cls(torch.cat(sums), counts)

    def of_words(self, entries: Tensor, size: int) -> "SegmentSounds":
        """The sums of all segments of each word, [V, 3, D], and their outputs, [V, 3].

        Args:
            entries: [N], what each segment is named.
            size: V.
        """
        sums = self.sums.new_zeros(size, *self.sums.shape[1:])
        counts = self.counts.new_zeros(size, self.counts.shape[1])
        return SegmentSounds(
            sums.index_add_(0, entries, self.sums), counts.index_add_(0, entries, self.counts)
        )

    def fit(self) -> Tensor:
        """How much better a Gaussian for each third fits each than that of all states does, in nats, [N].

        That is the greatest log-likelihood that a mean can give the outputs, and as many at zero as are assumed,
        less that of zero; variances are one. Summed over words it is greatest where no word has two sounds and no
        sound two words.
        """
        return 0.5 * (self.sums.square().sum(dim=2) / (self.counts + ASSUMED)).sum(dim=1)

    def at(self, rows: Tensor) -> "SegmentSounds":
        """Those of some rows [n]; a row of −1 has no sound."""
        heard = (rows >= 0).to(self.sums)
        return SegmentSounds(self.sums[rows] * heard[:, None, None], self.counts[rows] * heard[:, None])

    def moved(self, segments: "SegmentSounds", words: Tensor, sign: int) -> "SegmentSounds":
        """These, of words, with segments added to them or taken away.

        Args:
            segments: n of them.
            words: [n], to which row each goes, or from which it comes.
            sign: 1 to add, −1 to take away.
        """
        change = segments.of_words(words, len(self.sums))
        counts = (self.counts + sign * change.counts).clamp(min=0)
        return SegmentSounds(self.sums + sign * change.sums, counts)


def _discriminants(segments: Tensor, states: Tensor, number: int) -> tuple[Tensor, Tensor]:
    """Fisher's directions [F, D], in which the means of the states lie furthest apart once the covariance within
    them is one; and where the mean of all states lies, [D].

    Args:
        segments: [N, S, C].
        states: [N, S], of each slot.
        number: of states.
    """
    seen = StateGaussians.of(
        (
            (heard.flatten(0, 1), own.flatten())
            for heard, own in zip(_heard(segments), states.split(_CHUNK), strict=True)
        ),
        number,
    )
    factor = torch.linalg.cholesky(seen.covariance)
    middle = seen.means.mean(dim=0)
    whitened = torch.linalg.solve_triangular(factor, (seen.means - middle).T, upper=False)
    apart, spread, _ = torch.linalg.svd(whitened, full_matrices=False)
    telling = spread[:_DIRECTIONS] > _NEGLIGIBLE * spread[0]
    directions = torch.linalg.solve_triangular(factor.T, apart[:, :_DIRECTIONS][:, telling], upper=True)
    return directions.to(segments), (middle @ directions).to(segments)


def _heard(segments: Tensor) -> Iterator[Tensor]:
    """Each slot beside those before and after it in its segment, [n, S, F], some segments at a time."""
    return map(in_context, segments.split(_CHUNK))
