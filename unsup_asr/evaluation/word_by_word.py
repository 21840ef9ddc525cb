"""The mini corpora word by word in English, in the order of speech: what can be had without reordering.

It is for scoring alone. What a word states is known from the sentence's making, so that its English comes from
the concept; words that state nothing (copulas, particles) have theirs in `glosses/`. Nothing of this is in a
manifest or in captions, so that nothing that learns can read it.
"""

from collections.abc import Iterator, Mapping
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


def source_order(config: MiniConfig, split: str) -> list[list[str]]:
    """The English of every utterance of a split, word by word in the order of speech.

    Args:
        config: of the corpus; its speech is not English.
        split: `train`, `validation` or `test`.

    Raises:
        InputError: the speech is English, or nobody here speaks that language.
    """
    if config.language == ENGLISH:
        raise InputError(
            "English needs no words of another order", remedy="take a corpus of another language"
        )
    indices = range(getattr(config, split))
    return [
        word_by_word(describe(config.seed, split, k, config.language)[0], config.language) for k in indices
    ]


def word_by_word(description: Description, language: str) -> list[str]:
    """The English of a description in the order of speech; words that state one fact together yield it once."""
    return list(_english(description, glosses(language)))


def _english(description: Description, glossed: Mapping[str, str]) -> Iterator[str]:
    said = zip(description.facts, description.words, strict=True)
    for fact, run in groupby(said, key=lambda pair: pair[0]):
        if fact is not None:
            yield from _stated(fact, description.message).split()
        else:
            yield from (glossed[word] for _, word in run if glossed[word])


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
