"""Labels for the spans of a segmentation: words, or the names of clusters."""

from collections.abc import Iterable, Mapping, Sequence

from segmenters.alignments.alignment import AlignedWord, Alignment
from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation

# The label of a word that nobody named; an empty one would be silence.
UNNAMED = "word"

# Labels of each utterance's spans, in their order, by the utterance's id.
LabelsById = Mapping[str, Sequence[str]]


def labelled(segmentation: Segmentation, labels: Sequence[str] | None = None) -> Alignment:
    """The spans as words.

    Args:
        segmentation: of one utterance.
        labels: one a span; all are `UNNAMED` if None.

    Raises:
        SegmentationError: there are not as many labels as spans.
    """
    spans = segmentation.spans
    names = [UNNAMED] * len(spans) if labels is None else labels
    if len(names) != len(spans):
        fault = f"has {len(spans)} spans and {len(names)} labels"
        raise SegmentationError(fault, where=segmentation.id, remedy="give one label a span")
    words = (AlignedWord(name, span.start, span.end) for name, span in zip(names, spans, strict=True))
    return Alignment(segmentation.id, tuple(words), segmentation.duration)


def is_labelled(alignments: Iterable[Alignment]) -> bool:
    """Whether any word has a name."""
    return any(word.word != UNNAMED for alignment in alignments for word in alignment.words)
