"""Messages put into words by a grammar: one engine for every language that is described as data."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from unsup_asr.corpora.mini.languages.grammar import SOME, Choice, Form, Grammar, Slot
from unsup_asr.corpora.mini.message import Mention, Message
from unsup_asr.corpora.mini.paraphrase import in_random_order
from unsup_asr.errors import InputError

_OF_MESSAGE = ("relation", "place", "weather")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a message.

    Args:
        kind: `noun`, `count`, `colour`, …, `relation`, `place`, `weather`.
        concept: what is stated, such as `dog` or `some`.
        mention: place of the mention that it is of; None where it is of the whole.
    """

    kind: str
    concept: str
    mention: int | None = None


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A word of a sentence, and the fact that it states, alone or with its neighbours; None for the others."""

    word: str
    fact: Fact | None = None


@dataclass(frozen=True, slots=True)
class _Saying:
    """Words, and the facts that they state; a fact may be stated without a word, as "one" often is."""

    words: tuple[SaidWord, ...] = ()
    facts: tuple[Fact, ...] = ()

    def __add__(self, other: "_Saying") -> "_Saying":
        return _Saying(self.words + other.words, self.facts + other.facts)


def realise_by(grammar: Grammar, message: Message, rng: np.random.Generator) -> list[SaidWord]:
    """Say a message in the language of a grammar, in one of the ways there are at random.

    Args:
        grammar: of the language.
        message: what to say.
        rng: chooses among synonyms and sentences.

    Returns:
        A sentence that states every fact of the message once and nothing else, `grammar.shortest` to
        `grammar.longest` words of it.

    Raises:
        InputError: the grammar has no such sentence.
    """
    found = list(sentences(grammar, message, rng))
    for index in in_random_order([weight for _, weight in found], rng):
        words = found[index][0]
        if grammar.shortest <= len(words) <= grammar.longest:
            return list(words)
    raise InputError(
        f"no sentence in {grammar.language!r} of {grammar.shortest} to {grammar.longest} words says {message}",
        where=f"languages/{grammar.language}.yaml",
        remedy="add a sentence to its rules, or state fewer facts",
    )


def facts(message: Message) -> list[Fact]:
    """The facts of a message."""
    found = [
        Fact(kind, _concept(mention, kind), index)
        for index, mention in enumerate(message.mentions)
        for kind in ("noun", "count", "size", "colour", "action")
        if _concept(mention, kind)
    ]
    stated = {kind: getattr(message, kind) for kind in _OF_MESSAGE}
    return found + [Fact(kind, concept) for kind, concept in stated.items() if concept]


def _concept(mention: Mention, kind: str) -> str:
    """The concept that a mention states; empty if it states none."""
    if kind == "count":
        return SOME if mention.count is None else str(mention.count)
    return getattr(mention, kind) or ""


def sentences(
    grammar: Grammar, message: Message, rng: np.random.Generator
) -> Iterator[tuple[tuple[SaidWord, ...], float]]:
    """Every sentence that states each fact of the message once, whatever its length, and its weight.

    Args:
        grammar: of the language.
        message: what to say.
        rng: chooses among synonyms.
    """
    speaker, whole = _Speaker(grammar, message, rng), Counter(facts(message))
    for choice in grammar.rules["sentence"]:
        saying = speaker.choice(choice, speaker.context("subject", frozenset()))
        if saying is not None and Counter(saying.facts) == whole:
            yield saying.words, choice.weight


@dataclass(frozen=True, slots=True)
class _Context:
    """Of whom a part speaks (places of mentions), what was handed to it, and all features it can agree with."""

    head: tuple[int, ...]
    handed: frozenset[str]
    features: frozenset[str]


class _Speaker:
    """Says parts of one message; the word for each thing mentioned is chosen once."""

    def __init__(self, grammar: Grammar, message: Message, rng: np.random.Generator) -> None:
        self._grammar, self._message, self._rng = grammar, message, rng
        nouns = grammar.words["noun"]
        self._nouns = [self._ordered(nouns[mention.noun])[0] for mention in message.mentions]

    def context(self, head: str, handed: frozenset[str]) -> _Context:
        """The context of a part that speaks of `head`, with features handed to it."""
        joint = len(self._message.mentions) == 2 and not self._message.relation
        places = {"first": (0,), "second": (1,), "subject": (0, 1) if joint else (0,)}[head]
        return self._context(places, handed)

    def _context(self, places: tuple[int, ...], handed: frozenset[str]) -> _Context:
        mentions = [self._message.mentions[place] for place in places]
        features = frozenset.intersection(*(self._nouns[place].belongs for place in places))
        features |= {"one" if len(mentions) == 1 and mentions[0].count == 1 else "many"}
        if len(mentions) == 1 and mentions[0].count is None:
            features |= {"some"}
        if mentions[0].action:
            features |= {"acting", mentions[0].action}
        return _Context(places, handed, features | handed | self._of_message())

    def _of_message(self) -> set[str]:
        message = self._message
        company = "alone" if len(message.mentions) == 1 else "related" if message.relation else "joint"
        return {company} | {
            name
            for name, stated in (("placed", message.place), ("weathered", message.weather))
            if stated is not None
        }

    def choice(self, choice: Choice, context: _Context) -> _Saying | None:
        """What a choice says there; None if it has no form for it, or a part of it cannot be said."""
        form = next((form for form in choice.forms if form.features <= context.features), None)
        return None if form is None else self._form(form, context)

    def _form(self, form: Form, context: _Context) -> _Saying | None:
        whole = _Saying()
        for part in form.parts:
            saying = _Saying((SaidWord(part),)) if isinstance(part, str) else self._slot(part, context)
            if saying is None:
                return None
            whole += saying
        return whole

    def _slot(self, slot: Slot, context: _Context) -> _Saying | None:
        handed = slot.features or context.handed
        if slot.head == "second" and len(self._message.mentions) == 1:
            inner = None
        elif slot.head is not None:
            inner = self.context(slot.head, handed)
        else:
            inner = self._context(context.head, handed)
        saying = None if inner is None else self._filled(slot, inner)
        return _Saying() if saying is None and slot.optional else saying

    def _filled(self, slot: Slot, context: _Context) -> _Saying | None:
        if slot.name not in self._grammar.words:
            return self._any(self._grammar.rules[slot.name], context)
        fact = self._fact(slot.fact, context)
        if fact is None:
            return None
        if slot.name == "noun":
            choices: Sequence[Choice] = [self._nouns[context.head[0]]]
        else:
            choices = self._grammar.words[slot.name].get(fact.concept, ())
        saying = self._any(choices, context)
        return None if saying is None else _stating(fact, saying)

    def _fact(self, kind: str, context: _Context) -> Fact | None:
        """The fact of a kind that the head states, or the message; a joint head states none of its own."""
        if kind in _OF_MESSAGE:
            concept = getattr(self._message, kind)
            return Fact(kind, concept) if concept else None
        if len(context.head) > 1:
            return None
        concept = _concept(self._message.mentions[context.head[0]], kind)
        return Fact(kind, concept, context.head[0]) if concept else None

    def _any(self, choices: Sequence[Choice], context: _Context) -> _Saying | None:
        sayings = (self.choice(choice, context) for choice in self._ordered(choices))
        return next((saying for saying in sayings if saying is not None), None)

    def _ordered(self, choices: Sequence[Choice]) -> list[Choice]:
        if len(choices) == 1:
            return list(choices)
        order = in_random_order([choice.weight for choice in choices], self._rng)
        return [choices[index] for index in order]


def _stating(fact: Fact, saying: _Saying) -> _Saying:
    """The saying as that of one fact."""
    return _Saying(tuple(replace(word, fact=fact) for word in saying.words), (fact, *saying.facts))
