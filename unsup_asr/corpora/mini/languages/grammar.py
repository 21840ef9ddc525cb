"""The grammar of one language: how the facts of a message are put into words.

It is data (`hi.yaml`, `ja.yaml`), and these are its parts. A *word table* has the words of one kind of fact: the
table `colour` has for the concept `black` its word, or several that mean the same; `action-participle` is a
second table for the fact `action`. A *rule* has ways of putting words together. Both consist of choices, and a
choice of forms:

    black: {f: काली, one direct: काला, say: काले}

reads: काली for a head with the feature `f`, else काला for one with both `one` and `direct`, else काले. In a form
`{noun}` stands for a word of a table, or for a rule; `{place?}` may be left out; `{group second oblique}` is the
rule `group` for the second thing mentioned, in the oblique case.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from unsup_asr.corpora.mini import concepts

SOME = "some"
"""The number of those that are several and not counted."""

CONCEPTS: dict[str, tuple[str, ...]] = {
    "noun": concepts.NOUNS,
    "count": (*map(str, concepts.COUNTS), SOME),
    "size": concepts.SIZES,
    "colour": concepts.COLOURS,
    "action": concepts.ACTIONS,
    "relation": concepts.RELATIONS,
    "place": concepts.PLACES,
    "weather": concepts.WEATHERS,
}
"""The concepts of each kind of fact."""

HEADS = ("first", "second", "subject")
"""Of whom a part speaks: of the first mention, of the second, or of all that nothing relates to the first."""

FEATURES = frozenset({"one", "many", "some", "acting", "alone", "joint", "related", "placed", "weathered"})
"""What every language can tell apart, besides the action that the head does.

`one`, `many`, `some` (of several not counted) and `acting` are of the head; `alone` (one mention), `joint` (two),
`related` (two, one standing to the other), `placed` and `weathered` are of the message.
"""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a form that something else fills.

    Args:
        name: of a word table or a rule.
        optional: whether nothing may fill it.
        head: of whom that speaks; None for the head of the form.
        features: that it gets instead of those that were handed to the form; none keeps them.
    """

    name: str
    optional: bool = False
    head: str | None = None
    features: frozenset[str] = frozenset()

    @property
    def fact(self) -> str:
        """The kind of fact that a word table of this name is for."""
        return self.name.partition("-")[0]


@dataclass(frozen=True, slots=True)
class Form:
    """What is said where the context has all of `features`: words and slots."""

    features: frozenset[str]
    parts: tuple[str | Slot, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One way of saying something.

    Args:
        forms: the first that fits is said; where none fits, this is no way of saying it.
        weight: how common it is, in any unit.
        belongs: of a noun, the features that words agree with: gender, counter.
    """

    forms: tuple[Form, ...]
    weight: float = 1.0
    belongs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Grammar:
    """All that is known of a language.

    Args:
        language: its code.
        shortest, longest: bounds of a sentence's length, in words.
        words: for each word table, the choices for each concept.
        rules: for each rule its choices; `sentence` is the rule of all.
        spoken: what a synthesiser reads instead of a word that it would say wrong.
    """

    language: str
    shortest: int
    longest: int
    words: Mapping[str, Mapping[str, tuple[Choice, ...]]]
    rules: Mapping[str, tuple[Choice, ...]]
    spoken: Mapping[str, str]
