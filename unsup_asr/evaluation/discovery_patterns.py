"""Word discovery, and what kinds of labels words get: an analysis of every word type with enough occurrences.

Each word has one pattern, from its most common label:

- perfect: the label is the word itself;
- bucket: three words or more share the label, and most of them are related to it (street, train, traffic → cars);
- default: so many words share a label unrelated to most of them that chance does not explain it (a, on, the,
  white, next → into);
- related: the label is another word, related to it (elephants → cattle);
- unexpected: none of these (benches → appears).

Words that share a label and are related among each other, but not to the label (player, bat, batter →
toothbrush), are unexpected, not a bucket: what counts is what a reader learns from the label.
"""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from scipy.stats import poisson

from unsup_asr.evaluation.word_similarity import WordSimilarity
from unsup_asr.evaluation.words import (
    MINIMUM,
    DiscoveryScores,
    Pairs,
    WordRecall,
    discovery_scores,
    recall_by_word,
)

_SEVERAL = 3
_CONFIDENCE = 0.95


class Pattern(StrEnum):
    """Kinds of labels, from the best to the worst."""

    PERFECT = "perfect"
    RELATED = "related"
    BUCKET = "bucket"
    DEFAULT = "default"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True)
class DiscoveredWord:
    """A word type and its most common label.

    Attributes:
        word: the word said.
        label: the most common label; empty where segments yielded nothing.
        occurrences: how often it was said.
        share: percent of its occurrences that got the label.
        similarity: cosine of word and label; None where one is no content word.
        pattern: what kind of label that is.
    """

    word: str
    label: str
    occurrences: int
    share: float
    similarity: float | None
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Discovery:
    """The analysis of a test set.

    Attributes:
        scores: recognition score, share above 75 %, and others.
        related_from: the cosine above which two words are related.
        default_above: a label of more words than this is shared by more than chance explains.
        words: by pattern, those of one label together, the labels of most words and occurrences first.
    """

    scores: DiscoveryScores
    related_from: float
    default_above: int
    words: tuple[DiscoveredWord, ...]

    def of(self, pattern: Pattern) -> list[DiscoveredWord]:
        """The words of a pattern."""
        return [word for word in self.words if word.pattern == pattern]

    def sharing(self, label: str) -> list[DiscoveredWord]:
        """The words that mostly got a label."""
        return [word for word in self.words if word.label == label]

    def share(self, pattern: Pattern) -> float | None:
        """Percent of the word types that have a pattern."""
        return 100 * len(self.of(pattern)) / len(self.words) if self.words else None


def discover(pairs: Pairs, similarity: WordSimilarity) -> Discovery:
    """Analyse which words were found, and under which labels.

    Args:
        pairs: every word said and the label of its segment.
        similarity: of words in the language of both.
    """
    rows = [row for row in recall_by_word(pairs.words, pairs.labels) if row.occurrences >= MINIMUM]
    cosines = similarity.cosines([row.word for row in rows], [row.most_common for row in rows])
    related = {
        row.word: cosine is not None and cosine > similarity.related_from
        for row, cosine in zip(rows, cosines, strict=True)
    }
    limit = largest_by_chance(len(rows))
    patterns = _patterns(rows, related, limit)
    words = [
        DiscoveredWord(row.word, row.most_common, row.occurrences, row.purity, cosine, patterns[row.word])
        for row, cosine in zip(rows, cosines, strict=True)
    ]
    scores = discovery_scores(pairs.words, pairs.labels)
    return Discovery(scores, similarity.related_from, limit, tuple(_sorted(words)))


def largest_by_chance(types: int) -> int:
    """How many words the most shared label would have, did each of `types` words draw one of as many labels.

    The words of one label are then Poisson with mean 1, and this is the 95 % quantile of the largest of them.
    """
    return int(poisson.ppf(_CONFIDENCE ** (1 / types), 1)) if types else 0


def _patterns(rows: list[WordRecall], related: dict[str, bool], limit: int) -> dict[str, Pattern]:
    """The pattern of each word; `related` tells which are related to their labels."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        groups[row.most_common].append(row.word)
    shared = {label: _shared(label, words, related, limit) for label, words in groups.items()}
    return {row.word: _pattern(row, shared[row.most_common], related[row.word]) for row in rows}


def _shared(label: str, words: list[str], related: dict[str, bool], limit: int) -> Pattern | None:
    """What a label does to the words that share it; None where each is to be judged alone."""
    others = [word for word in words if word != label]
    if len(words) >= _SEVERAL and 2 * sum(related[word] for word in others) > len(others):
        return Pattern.BUCKET
    return Pattern.DEFAULT if len(words) > limit else None


def _pattern(row: WordRecall, shared: Pattern | None, related: bool) -> Pattern:
    if row.word == row.most_common:
        return Pattern.PERFECT
    return shared or (Pattern.RELATED if related else Pattern.UNEXPECTED)


def _sorted(words: list[DiscoveredWord]) -> list[DiscoveredWord]:
    """By pattern, those of one label together: the label of most words first, then of most occurrences."""
    groups: dict[tuple[Pattern, str], list[int]] = defaultdict(list)
    for word in words:
        groups[word.pattern, word.label].append(word.occurrences)
    order = list(Pattern)

    def place(word: DiscoveredWord) -> tuple[int, int, int, str, int, str]:
        group = groups[word.pattern, word.label]
        return (
            order.index(word.pattern), -len(group), -sum(group), word.label, -word.occurrences, word.word
        )  # fmt: skip

    return sorted(words, key=place)
