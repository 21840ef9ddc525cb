"""Which words were found: scores over pairs of a gold word and the label its segment got.

Pairs come from segments that are one-to-one with the gold words, from overlap in time (`labels_by_time`), or
from an alignment of the texts (`aligned_pairs`). The empty label, of a segment that yields nothing, is a
label like any other. Rates are percent.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.metrics import v_measure_score

from unsup_asr.evaluation.alignment import align_all, check_paired

# Word types that occur less often are left out of word discovery.
MINIMUM = 10
# The least frequency of each band of words, rare to frequent.
BANDS = (0, 1, 10, 100, 1000)


class TimedWord(Protocol):
    """A word with its times in seconds: of a manifest or of a hypothesis."""

    @property
    def word(self) -> str: ...
    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Pairs:
    """Gold words and, in the same order, the labels they got."""

    words: list[str]
    labels: list[str]


@dataclass(frozen=True, slots=True)
class WordRecall:
    """A word type: how often it occurs, how often it was labelled with itself, and its most common label."""

    word: str
    occurrences: int
    hits: int
    most_common: str
    most_common_count: int

    @property
    def recall(self) -> float:
        return 100 * self.hits / self.occurrences

    @property
    def purity(self) -> float:
        """Share of the most common label, whatever it is."""
        return 100 * self.most_common_count / self.occurrences


@dataclass(frozen=True, slots=True)
class DiscoveryScores:
    """Word discovery over the word types with enough occurrences; None where there are none.

    Attributes:
        recognition_score: mean over types of the share of the most common label.
        share_75: share of types whose most common label has 75 % or more.
        match_score: mean over types of the share labelled with the word itself.
        v_measure: harmonic mean of homogeneity and completeness, over all pairs.
        types: how many types had enough occurrences.
    """

    recognition_score: float | None
    share_75: float | None
    match_score: float | None
    v_measure: float | None
    types: int


@dataclass(frozen=True, slots=True)
class Band:
    """Recall of the words whose frequency lies in [lowest, highest]; `highest` is None in the last band."""

    lowest: int
    highest: int | None
    types: int
    occurrences: int
    recall: float | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """A word that was labelled as another, how often, and in what share of its occurrences."""

    word: str
    label: str
    count: int
    share: float


def labels_by_time(words: Sequence[TimedWord], decoded: Sequence[TimedWord]) -> list[str]:
    """For each gold word the label of the segment that overlaps it longest; empty where none does."""
    if not words or not decoded:
        return [""] * len(words)
    start = np.maximum.outer([w.start for w in words], [d.start for d in decoded])
    end = np.minimum.outer([w.end for w in words], [d.end for d in decoded])
    overlap = end - start
    longest = overlap.argmax(axis=1)
    return [decoded[j].word if overlap[i, j] > 0 else "" for i, j in enumerate(longest)]


def aligned_pairs(references: Sequence[str], hypotheses: Sequence[str]) -> Pairs:
    """Pairs from texts without one-to-one segments; a deleted word gets the empty label, insertions none."""
    steps = [step for utterance in align_all(references, hypotheses) for step in utterance]
    said = [step for step in steps if step.operation != "insert"]
    return Pairs([step.reference for step in said], [step.hypothesis for step in said])


def recall_by_word(words: Sequence[str], labels: Sequence[str]) -> list[WordRecall]:
    """Recall of every word type, the most frequent first, then by the alphabet."""
    table = _label_counts(words, labels)
    rows = [_word_recall(word, counts) for word, counts in table.items()]
    return sorted(rows, key=lambda row: (-row.occurrences, row.word))


def discovery_scores(words: Sequence[str], labels: Sequence[str], minimum: int = MINIMUM) -> DiscoveryScores:
    """The word discovery scores over word types of at least `minimum` occurrences."""
    rows = [row for row in recall_by_word(words, labels) if row.occurrences >= minimum]
    v_measure = 100 * float(v_measure_score(words, labels)) if words else None
    if not rows:
        return DiscoveryScores(None, None, None, v_measure, 0)
    purity = np.array([row.purity for row in rows])
    recall = np.array([row.recall for row in rows])
    share_75 = 100 * float(np.mean(purity >= 75))
    return DiscoveryScores(float(purity.mean()), share_75, float(recall.mean()), v_measure, len(rows))


def macro_recall(words: Sequence[str], labels: Sequence[str]) -> float | None:
    """Mean recall over all word types, rare and frequent alike."""
    rows = recall_by_word(words, labels)
    return float(np.mean([row.recall for row in rows])) if rows else None


def recall_by_band(
    words: Sequence[str],
    labels: Sequence[str],
    frequencies: Mapping[str, int],
    lowest: Sequence[int] = BANDS,
) -> list[Band]:
    """Recall over the occurrences of the words in each frequency band.

    Args:
        words, labels: the pairs.
        frequencies: how often each word occurs where it could be learned from, the captions; 0 if absent.
        lowest: the least frequency of each band, ascending; the first is 0.
    """
    rows = recall_by_word(words, labels)
    band_of = np.searchsorted(lowest, [frequencies.get(row.word, 0) for row in rows], side="right") - 1
    highest = [*(edge - 1 for edge in lowest[1:]), None]
    members = [
        [row for row, band in zip(rows, band_of, strict=True) if band == k] for k in range(len(lowest))
    ]
    return [_band(*bounds) for bounds in zip(lowest, highest, members, strict=True)]


def confusions(words: Sequence[str], labels: Sequence[str]) -> list[Confusion]:
    """Every word and other label that it got, the most common confusion first, then by the alphabet."""
    table = _label_counts(words, labels)
    rows = [
        Confusion(word, label, count, 100 * count / counts.total())
        for word, counts in table.items()
        for label, count in counts.items()
        if label != word
    ]
    return sorted(rows, key=lambda row: (-row.count, row.word, row.label))


def _label_counts(words: Sequence[str], labels: Sequence[str]) -> dict[str, Counter[str]]:
    check_paired(words, labels)
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for word, label in zip(words, labels, strict=True):
        table[word][label] += 1
    return table


def _word_recall(word: str, counts: Counter[str]) -> WordRecall:
    # A tie goes to the word itself, then to the alphabet, so that the order of the pairs does not matter.
    label, count = min(counts.items(), key=lambda item: (-item[1], item[0] != word, item[0]))
    return WordRecall(word, counts.total(), counts[word], label, count)


def _band(lowest: int, highest: int | None, rows: list[WordRecall]) -> Band:
    occurrences = sum(row.occurrences for row in rows)
    recall = 100 * sum(row.hits for row in rows) / occurrences if occurrences else None
    return Band(lowest, highest, len(rows), occurrences, recall)
