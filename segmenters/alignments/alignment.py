"""The words of an utterance with their times, and what an aligner's output held besides."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from segmenters.errors import SegmentationError
from segmenters.gold import gold
from segmenters.segmentation import Segmentation


class Reason(StrEnum):
    """Why an entry is no word, or a word that needs a second look."""

    SILENCE = "silence"
    UNKNOWN = "unknown word"
    MALFORMED = "not in the form of a word with times"
    IMPOSSIBLE = "times are no numbers, negative, or end before they start"
    OUTSIDE = "starts after the end of the utterance"
    TRIMMED = "overran the utterance and was cut"
    DISORDER = "stood after a word that starts later and was moved"
    OVERLAP = "overlaps the word before"
    MISSING = "the utterance has no alignment"

    @property
    def harmless(self) -> bool:
        """Whether sound alignments hold it, too."""
        return self in (Reason.SILENCE, Reason.UNKNOWN)


@dataclass(frozen=True, slots=True)
class AlignedWord:
    """A word and its times in seconds from the start of the utterance."""

    word: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Remark:
    """An entry that was left out, mended or is doubtful.

    Attributes:
        reason: what is to be said.
        entry: the entry as it stood, such as `<unk> 0.5–0.8 s`; empty where there is none.
    """

    reason: Reason
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Alignment:
    """The words of one utterance in order of their starts.

    Attributes:
        id: the utterance.
        words: its words; silences stay gaps.
        duration: its length in seconds, where the format tells it.
        remarks: what was left out, mended or is doubtful.
    """

    id: str
    words: tuple[AlignedWord, ...]
    duration: float | None = None
    remarks: tuple[Remark, ...] = ()

    def segmentation(self) -> Segmentation:
        """The words as spans; an utterance of unknown duration ends with its last word.

        Raises:
            SegmentationError: there is neither a word nor a duration.
        """
        if self.duration and not self.words:
            return Segmentation(self.id, self.duration, (), "gold")
        duration = self.duration or max((word.end for word in self.words), default=0.0)
        return gold(self.id, duration, self.words)

    @property
    def labels(self) -> tuple[str, ...]:
        """The words without their times."""
        return tuple(word.word for word in self.words)


def missing(id: str) -> Alignment:
    """What stands for an utterance that was not aligned."""
    return Alignment(id, (), remarks=(Remark(Reason.MISSING),))


@dataclass(frozen=True, slots=True)
class AlignmentReport:
    """What reading alignments brought to light.

    Attributes:
        utterances: how many were read.
        words: how many words they have.
        counts: how often each reason was found.
        items: utterance and remark, but for silences and unknown words.
    """

    utterances: int
    words: int
    counts: dict[Reason, int]
    items: tuple[tuple[str, Remark], ...]

    def lines(self, most: int = 10) -> Iterator[str]:
        """The report as text: a line with the counts, then up to `most` of the items."""
        found = ", ".join(f"{count} × {reason}" for reason, count in self.counts.items())
        yield f"{self.utterances} utterances, {self.words} words" + (f"; {found}" if found else "")
        for id, remark in self.items[:most]:
            yield f"{id}: {remark.entry + ': ' if remark.entry else ''}{remark.reason}"
        if len(self.items) > most:
            yield f"and {len(self.items) - most} more"


def report(alignments: Iterable[Alignment]) -> AlignmentReport:
    """Gather the remarks of many utterances."""
    read = list(alignments)
    remarks = [(alignment.id, remark) for alignment in read for remark in alignment.remarks]
    counts = Counter(remark.reason for _, remark in remarks)
    return AlignmentReport(
        utterances=len(read),
        words=sum(len(alignment.words) for alignment in read),
        counts={reason: counts[reason] for reason in Reason if counts[reason]},
        items=tuple((id, remark) for id, remark in remarks if not remark.reason.harmless),
    )


def by_id(alignments: Iterable[Alignment], where: object) -> dict[str, Alignment]:
    """The alignments by utterance.

    Raises:
        SegmentationError: an utterance comes twice.
    """
    table: dict[str, Alignment] = {}
    for alignment in alignments:
        if alignment.id in table:
            fault = f"utterance {alignment.id!r} comes twice"
            raise SegmentationError(fault, where=where, remedy="keep one of them")
        table[alignment.id] = alignment
    return table
