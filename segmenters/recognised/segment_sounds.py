"""What segments sound like, in sums from which any naming of them can be judged without going back to frames.

Shapes: N segments, D directions, V entries.
"""

from dataclasses import dataclass

from torch import Tensor

# Outputs at the mean of all that each state is assumed to have been seen in besides, as in templates.
_ASSUMED = 10.0


@dataclass(frozen=True)
class SegmentSounds:
    """Sums over the outputs of segments' thirds, in directions in which the variance within states is one.

    Attributes:
        sums: [N, 3, D], of outputs from which the mean of all states is taken off.
        counts: [N, 3], outputs.
    """

    sums: Tensor
    counts: Tensor

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
        return 0.5 * (self.sums.square().sum(dim=2) / (self.counts + _ASSUMED)).sum(dim=1)

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
