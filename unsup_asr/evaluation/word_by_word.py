"""The mini corpora word by word in English, in the order of speech: what can be had without reordering.

It is for scoring and for toplines alone. What a word states is known from the sentence's making, so that its
English comes from the concept; words that state nothing (copulas, particles) have theirs in `glosses/`. Nothing
of this is in a manifest or in captions, so that nothing that learns without labels can read it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.corpora.mini.description import ENGLISH, Description, describe
from unsup_asr.corpora.mini.english import WEATHERS
from unsup_asr.corpora.mini.english_words import (
    ADJECTIVES,
    NUMERALS,
    PARTICIPLES,
    PLACES,
    PLURALS,
    RELATIONS,
    SINGULARS,
)
from unsup_asr.corpora.mini.languages.grammar import SOME
from unsup_asr.corpora.mini.languages.realisation import Fact
from unsup_asr.corpora.mini.languages.yaml_tree import Tree
from unsup_asr.corpora.mini.message import Message
from unsup_asr.errors import InputError

_FOLDER = Path(__file__).parent / "glosses"
_ONE: Mapping[str, str] = {"1": "a", SOME: "some", **{str(count): word for count, word in NUMERALS.items()}}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "count": _ONE,
    "size": ADJECTIVES,
    "colour": ADJECTIVES,
    "action": PARTICIPLES,
    "relation": RELATIONS,
    "place": PLACES,
    "weather": WEATHERS,
}


@dataclass(frozen=True)
class _Phrase:
    """Neighbouring words of speech that state one fact together, and its English; none if they state nothing."""

    words: tuple[str, ...]
    fact: str
    english: tuple[str, ...]


def source_order(config: MiniConfig, split: str) -> list[list[str]]:
    """The English of every utterance of a split, word by word in the order of speech.

    Args:
        config: of the corpus; its speech is not English.
        split: `train`, `validation` or `test`.

    Raises:
        InputError: the speech is English, or nobody here speaks that language.
    """
    return [word_by_word(description, config.language) for description in _described(config, split)]


def word_by_word(description: Description, language: str) -> list[str]:
    """The English of a description in the order of speech; words that state one fact together yield it once."""
    glossed = glosses(language)
    english = (phrase.english or map(glossed.__getitem__, phrase.words) for phrase in _phrases(description))
    return [word for words in english for word in words if word]


def english_of_words(config: MiniConfig, split: str) -> list[list[str]]:
    """The English of every spoken word of a split, "" where it has none: what a topline learns from.

    Words that state one fact together share its English, those that state few facts with English words that do:
    of के नीचे, "under" goes to नीचे, since के has a part in much else.

    Args:
        config, split: as in `source_order`, which also says what is raised.
    """
    glossed = glosses(config.language)
    said = [list(_phrases(description)) for description in _described(config, split)]
    stated = [phrase for phrases in said for phrase in phrases if phrase.english]
    spoken = _facts_by_word((phrase.words, phrase.fact) for phrase in stated)
    english = _facts_by_word((phrase.english, phrase.fact) for phrase in stated)

    def of(phrase: _Phrase) -> Iterator[str]:
        if not phrase.english:
            return map(glossed.__getitem__, phrase.words)
        pairs = zip(_by_rarity(phrase.words, spoken), _by_rarity(phrase.english, english), strict=False)
        told = {place: phrase.english[other] for place, other in pairs}
        return (told.get(place, "") for place in range(len(phrase.words)))

    return [[word for phrase in phrases for word in of(phrase)] for phrases in said]


def _described(config: MiniConfig, split: str) -> Iterator[Description]:
    """The descriptions of a split."""
    if config.language == ENGLISH:
        raise InputError(
            "English needs no words of another order", remedy="take a corpus of another language"
        )
    return (describe(config.seed, split, k, config.language)[0] for k in range(getattr(config, split)))


def _phrases(description: Description) -> Iterator[_Phrase]:
    said = zip(description.facts, description.words, strict=True)
    for fact, run in groupby(said, key=lambda pair: pair[0]):
        words = tuple(word for _, word in run)
        if fact is None:
            yield _Phrase(words, "", ())
        else:
            english = _stated(fact, description.message)
            yield _Phrase(words, english, tuple(english.split()))


def _facts_by_word(stated: Iterable[tuple[Sequence[str], str]]) -> Counter[str]:
    """How many different facts each word has a part in."""
    return Counter(word for word, _ in {(word, fact) for words, fact in stated for word in words})


def _by_rarity(words: Sequence[str], facts: Mapping[str, int]) -> list[int]:
    """Places of the words, those first that state fewest facts."""
    return sorted(range(len(words)), key=lambda place: facts[words[place]])


def _stated(fact: Fact, message: Message) -> str:
    if fact.kind == "noun":
        assert fact.mention is not None
        one = message.mentions[fact.mention].count == 1
        return (SINGULARS if one else PLURALS)[fact.concept]
    return _WORDS[fact.kind][fact.concept]


@cache
def glosses(language: str) -> Mapping[str, str]:
    """English for words that state nothing of the picture; empty where English has none.

    Raises:
        InputError: there are none for that language.
    """
    file = _FOLDER / f"{language}.yaml"
    if not file.is_file():
        known = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.yaml")))
        raise InputError(f"no glosses of {language!r}", where=_FOLDER, remedy=f"choose from {known}")
    return {word: english.text() for word, english in Tree.read(file).mapping().items()}
