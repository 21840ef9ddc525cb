"""Messages in English: the style of the spoken descriptions and of the captions that go with them."""

from dataclasses import dataclass

import numpy as np

from unsup_asr.corpora.mini.english_words import (
    ADJECTIVES,
    NUMERALS,
    PARTICIPLES,
    PLACES,
    PLURALS,
    RELATIONS,
    SINGULARS,
)
from unsup_asr.corpora.mini.message import Mention, Message
from unsup_asr.corpora.mini.paraphrase import LONGEST, SHORTEST, Paraphrase, choose_paraphrase
from unsup_asr.corpora.mini.plain_english import realise_plain

__all__ = ["LONGEST", "SHORTEST", "WEATHERS", "WORDS", "paraphrases", "realise", "realise_plain"]

WEATHERS = {
    "sunny": "on a sunny day",
    "night": "at night",
    "rainy": "on a rainy day",
    "snowy": "on a snowy day",
    "cloudy": "on a cloudy day",
    "sunset": "at sunset",
}
_OPENINGS = {
    "sunny": "it is a sunny day and",
    "night": "it is night and",
    "rainy": "it is a rainy day and",
    "snowy": "it is a snowy day and",
    "cloudy": "it is a cloudy day and",
    "sunset": "it is sunset and",
}
_FUNCTION_WORDS = (
    "a an the there is are some we see you can look at this these picture of shows with and it on in day"
)


@dataclass(frozen=True)
class _Parts:
    """The phrases a sentence is put together from; what the message leaves out is empty.

    Args:
        subject: the first group, or both if nothing relates them.
        verb: is or are, agreeing with the subject.
        act: what the first group does.
        rest: relation and second group.
        place, weather: phrases that can open or close a sentence.
        opening: the weather as a clause of its own.
    """

    subject: str
    verb: str
    act: str
    rest: str
    place: str
    weather: str
    opening: str

    @property
    def happening(self) -> str:
        return f"{self.act} {self.rest}"

    @property
    def clause(self) -> str:
        return f"{self.subject} {self.verb} {self.happening}"


def realise(message: Message, rng: np.random.Generator) -> list[str]:
    """Say a message in English, in one of the ways there are at random.

    Args:
        message: what to say.
        rng: chooses among paraphrases.

    Returns:
        The words of one sentence, lower case, `SHORTEST` to `LONGEST` of them.

    Raises:
        InputError: the message cannot be said in so many words; those of `choose_message` always can.
    """
    return choose_paraphrase(paraphrases(message), rng)


def paraphrases(message: Message) -> list[Paraphrase]:
    """Every sentence that says the message."""
    p = _parts(message)
    there = f"there {_verb(message.mentions[0])}"
    scene = f"{p.subject} {p.happening}"
    said = [
        Paraphrase(f"{there} {scene} {p.place} {p.weather}", 4.0),
        Paraphrase(f"we see {_joined(message, 'with')} {p.happening} {p.place} {p.weather}", 2.5),
        Paraphrase(f"this picture shows {scene} {p.place} {p.weather}", 1.2),
        Paraphrase(f"a picture of {scene} {p.place} {p.weather}", 1.0),
        Paraphrase(f"look at {_pointed(message)} {p.happening} {p.place} {p.weather}", 1.2),
    ]
    if p.happening.strip() or p.place:
        said.append(Paraphrase(f"{p.clause} {p.place} {p.weather}", 7.0))
    if p.place:
        said.append(Paraphrase(f"{p.place} {there} {scene} {p.weather}", 2.0))
        said.append(Paraphrase(f"{p.place} you can see {scene} {p.weather}", 2.0))
    if p.weather:
        said.append(Paraphrase(f"{p.weather} {there} {scene} {p.place}", 1.5))
    if p.weather and (p.happening.strip() or p.place):
        said.append(Paraphrase(f"{p.weather} {p.clause} {p.place}", 3.0))
        said.append(Paraphrase(f"{p.opening} {p.clause} {p.place}", 2.0))
    return said


def _parts(message: Message) -> _Parts:
    first = message.mentions[0]
    related = message.relation is not None
    return _Parts(
        subject=noun_phrase(first) if related else _joined(message, "and"),
        verb=_verb(first) if related or len(message.mentions) == 1 else "are",
        act=PARTICIPLES[first.action] if first.action else "",
        rest=f"{RELATIONS[message.relation]} {noun_phrase(message.mentions[1])}" if message.relation else "",
        place=PLACES[message.place] if message.place else "",
        weather=WEATHERS[message.weather] if message.weather else "",
        opening=_OPENINGS[message.weather] if message.weather else "",
    )


def noun_phrase(mention: Mention) -> str:
    """A group at first mention: `a small red dog`, `two cats`, `some black birds`."""
    described = _described(mention)
    if mention.count == 1:
        return f"{'an' if described[0] in 'aeiou' else 'a'} {described}"
    return f"{NUMERALS[mention.count] if mention.count else 'some'} {described}"


def _described(mention: Mention) -> str:
    names = SINGULARS if mention.count == 1 else PLURALS
    adjectives = [ADJECTIVES[fact] for fact in (mention.size, mention.colour) if fact]
    return " ".join([*adjectives, names[mention.noun]])


def _joined(message: Message, conjunction: str) -> str:
    """The first group, and the second with it unless a relation ties it in later."""
    groups = message.mentions[:1] if message.relation else message.mentions
    return f" {conjunction} ".join(noun_phrase(mention) for mention in groups)


def _pointed(message: Message) -> str:
    """The groups with the first pointed at: `this small red dog`, `these two cats`."""
    first, *others = message.mentions
    numeral = NUMERALS[first.count] if first.count and first.count > 1 else ""
    pointed = f"{'this' if first.count == 1 else 'these'} {numeral} {_described(first)}"
    return " and ".join([pointed, *(noun_phrase(other) for other in others if not message.relation)])


def _verb(mention: Mention) -> str:
    return "is" if mention.count == 1 else "are"


def _word_types() -> tuple[str, ...]:
    tables = (SINGULARS, PLURALS, ADJECTIVES, NUMERALS, PARTICIPLES, RELATIONS, PLACES, WEATHERS, _OPENINGS)
    phrases = [phrase for table in tables for phrase in table.values()]
    return tuple(sorted({word for phrase in [*phrases, _FUNCTION_WORDS] for word in phrase.split()}))


WORDS: tuple[str, ...] = _word_types()
"""All word types that `realise` uses, in alphabetical order."""
