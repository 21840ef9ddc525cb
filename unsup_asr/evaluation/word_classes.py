"""Rare, long and easily confused words, measured apart.

References and hypotheses are aligned text by text. Recall, precision and F1 are told of words of one, two, …
CLIP pieces and of words by their frequency in the captions; what became of a word is told of words that sound
alike, of words that captions use between the same neighbours, and of words that cannot be written at all.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

from unsup_asr.evaluation.alignment import AlignedWord, align_all
from unsup_asr.evaluation.words import BANDS, Confusion, confusions

# So many confusions are told of a group, or of a word that cannot be written.
_TOLD = 3


@dataclass(frozen=True, slots=True)
class ClassScore:
    """The words of a class in references and hypotheses.

    Attributes:
        name: of the class.
        types: different words said.
        said: words of the class in the references.
        written: words of the class in the hypotheses.
        right: those said and written in the same place.
        recall, precision, f1: percent; None where nothing was said, was written, or either.
    """

    name: str
    types: int
    said: int
    written: int
    right: int
    recall: float | None
    precision: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """Words that may be taken for each other, and what became of them when they were said.

    Attributes:
        words: the group.
        said: occurrences in the references.
        right: written as they are.
        exchanged: written as another word of the group.
        other: written as a word outside the group, or not at all.
        confusions: the most common of both kinds.
    """

    words: tuple[str, ...]
    said: int
    right: int
    exchanged: int
    other: int
    confusions: tuple[Confusion, ...] = ()

    def share(self, count: int) -> float | None:
        """Percent of what was said."""
        return 100 * count / self.said if self.said else None


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A word that is not in the vocabulary, how often it was said, and what it was mostly taken for."""

    word: str
    said: int
    taken_for: tuple[Confusion, ...]


@dataclass(frozen=True, slots=True)
class WordClasses:
    """The classes of a test set.

    Attributes:
        said: words of all references.
        pieces: words of the vocabulary by their number of CLIP pieces.
        bands: all words by their frequency in the captions.
        unknown: words that are not in the vocabulary, the most frequent first.
        exchangeable: groups of words with like neighbours in the captions.
        homophones: groups of words that sound alike; None where no pronunciations can be had.
    """

    said: int
    pieces: tuple[ClassScore, ...]
    bands: tuple[ClassScore, ...]
    unknown: tuple[UnknownWord, ...]
    exchangeable: tuple[Group, ...]
    homophones: tuple[Group, ...] | None


@dataclass(frozen=True)
class WordKnowledge:
    """What is known of words without a look at the test set.

    Attributes:
        pieces: CLIP pieces of each word of the vocabulary.
        frequencies: how often the captions use each word.
        exchangeable: groups; see `exchangeable_words`.
        homophones: groups; see `homophones`. None if not known.
    """

    pieces: Mapping[str, int]
    frequencies: Mapping[str, int]
    exchangeable: Sequence[tuple[str, ...]]
    homophones: Sequence[tuple[str, ...]] | None


def word_classes(
    references: Sequence[str], hypotheses: Sequence[str], knowledge: WordKnowledge
) -> WordClasses:
    """Measure each class of words.

    Args:
        references: what was said, normalised.
        hypotheses: what was written, normalised alike, row for row.
        knowledge: of the words.

    Raises:
        InputError: there are not as many hypotheses as references.
    """
    steps = [step for utterance in align_all(references, hypotheses) for step in utterance]
    sounding_alike = knowledge.homophones
    return WordClasses(
        said=sum(step.operation != "insert" for step in steps),
        pieces=tuple(class_scores(steps, knowledge.pieces.get, _pieces)),
        bands=tuple(class_scores(steps, lambda word: _band(knowledge.frequencies.get(word, 0)), _times)),
        unknown=tuple(unknown_words(steps, knowledge.pieces)),
        exchangeable=tuple(exchanges(steps, knowledge.exchangeable)),
        homophones=None if sounding_alike is None else tuple(exchanges(steps, sounding_alike)),
    )


def class_scores(
    steps: Sequence[AlignedWord], number_of: Callable[[str], int | None], name_of: Callable[[int], str]
) -> list[ClassScore]:
    """Recall, precision and F1 of numbered classes of words, in their order, as far as they occur.

    Args:
        steps: of the alignments.
        number_of: the class of a word; None where it is in none.
        name_of: the name of a class.
    """
    counts = defaultdict[int, Counter[str]](Counter)
    types = defaultdict[int, set[str]](set)
    for step in steps:
        said, written = (number_of(word) if word else None for word in (step.reference, step.hypothesis))
        if said is not None:
            types[said].add(step.reference)
            counts[said].update(said=1, right=step.operation == "equal")
        if written is not None:
            counts[written]["written"] += 1
    return [_class_score(name_of(number), len(types[number]), counts[number]) for number in sorted(counts)]


def exchanges(steps: Sequence[AlignedWord], groups: Sequence[tuple[str, ...]]) -> list[Group]:
    """What became of the words of each group of which one was said, in their order."""
    found = []
    for words in groups:
        mine = [step for step in steps if step.reference in words]
        right = sum(step.operation == "equal" for step in mine)
        within = sum(step.hypothesis in words for step in mine)
        told = confusions([s.reference for s in mine], [s.hypothesis for s in mine])[:_TOLD]
        if mine:
            found.append(Group(words, len(mine), right, within - right, len(mine) - within, tuple(told)))
    return found


def unknown_words(steps: Sequence[AlignedWord], vocabulary: Collection[str]) -> list[UnknownWord]:
    """The words said that are not in the vocabulary, the most frequent first, then by the alphabet."""
    unknown = [step for step in steps if step.reference and step.reference not in vocabulary]
    taken: dict[str, list[Confusion]] = defaultdict(list)
    for confusion in confusions([s.reference for s in unknown], [s.hypothesis for s in unknown]):
        taken[confusion.word].append(confusion)
    said = Counter(step.reference for step in unknown)
    ordered = sorted(said, key=lambda word: (-said[word], word))
    return [UnknownWord(word, said[word], tuple(taken[word][:_TOLD])) for word in ordered]


def homophones(pronunciations: Mapping[str, Hashable]) -> list[tuple[str, ...]]:
    """Groups of two words or more that are pronounced the same, by the alphabet."""
    groups: dict[Hashable, list[str]] = defaultdict(list)
    for word in sorted(pronunciations):
        groups[pronunciations[word]].append(word)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _class_score(name: str, types: int, counts: Counter[str]) -> ClassScore:
    said, written, right = counts["said"], counts["written"], counts["right"]
    return ClassScore(
        name,
        types,
        said,
        written,
        right,
        recall=100 * right / said if said else None,
        precision=100 * right / written if written else None,
        f1=200 * right / (said + written) if said + written else None,
    )


def _pieces(number: int) -> str:
    return "1 piece" if number == 1 else f"{number} pieces"


def _band(frequency: int) -> int:
    return bisect_right(BANDS, frequency) - 1


def _times(band: int) -> str:
    """The name of a band, such as `1–9 times`."""
    lowest, *more = BANDS[band : band + 2]
    if not more:
        return f"{lowest} times or more"
    return f"{lowest}–{more[0] - 1} times" if lowest < more[0] - 1 else f"{lowest} times"
