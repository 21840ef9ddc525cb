"""Messages in another English style: terse and without articles, as picture titles are."""

import numpy as np

from unsup_asr.corpora.mini.english_words import (
    ADJECTIVES,
    NUMERALS,
    PARTICIPLES,
    PLURALS,
    RELATIONS,
    SINGULARS,
)
from unsup_asr.corpora.mini.message import Mention, Message
from unsup_asr.corpora.mini.paraphrase import Paraphrase, choose_paraphrase


def realise_plain(message: Message, rng: np.random.Generator) -> list[str]:
    """Say a message as a title would; arguments, result and errors as for `english.realise`.

    The content words are those of `realise`; word order and function words differ.
    """
    return choose_paraphrase(_titles(message), rng)


def _titles(message: Message) -> list[Paraphrase]:
    things, setting = _things(message), _setting(message)
    if not setting:
        forms = [f"photo showing {things}", f"my photo has {things}", f"{things} seen here"]
    else:
        forms = [
            f"{setting} with {things}",
            f"{setting} photo showing {things}",
            f"{things} seen during {setting} scene",
            f"my photo has {things} by {setting}",
            f"{setting} having {things} here",
        ]
    return [Paraphrase(form) for form in forms]


def _setting(message: Message) -> str:
    """Weather and place as the name of the scene: `sunny beach`; concepts and words agree here."""
    return " ".join(fact for fact in (message.weather, message.place) if fact)


def _things(message: Message) -> str:
    first, *others = message.mentions
    act = PARTICIPLES[first.action] if first.action else ""
    link = RELATIONS[message.relation] if message.relation else "plus"
    return " ".join([_group(first), act, *(f"{link} {_group(other)}" for other in others)])


def _group(mention: Mention) -> str:
    """Colour before size, and `one` in place of an article: `one red small dog`."""
    number = "several" if mention.count is None else {1: "one", **NUMERALS}[mention.count]
    name = (SINGULARS if mention.count == 1 else PLURALS)[mention.noun]
    adjectives = [ADJECTIVES[fact] for fact in (mention.colour, mention.size) if fact]
    return " ".join([number, *adjectives, name])
