"""A message: the facts of a scene that a speaker chooses to state, in no language yet."""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from unsup_asr.corpora.mini.concepts import MEDIUM, PEOPLE
from unsup_asr.corpora.mini.scene import Scene, Thing

_SECOND, _COLOUR, _COUNT, _PLACE, _WEATHER, _RELATION = 0.8, 0.8, 0.88, 0.7, 0.58, 0.85
_BUDGET = (4, 12)


@dataclass(frozen=True)
class Mention:
    """What is said of one group; None is left unsaid.

    Args:
        noun: what they are.
        count: how many; None says that there are several.
        colour, size, action: as in `scene.Thing`; an unmarked size is never stated.
    """

    noun: str
    count: int | None
    colour: str | None = None
    size: str | None = None
    action: str | None = None


@dataclass(frozen=True)
class Message:
    """What is said of a scene; None is left unsaid.

    Args:
        mentions: one or two groups. Of two, only the first is said to do something.
        relation: how the first mentioned stands to the second.
        place, weather: as in `scene.Scene`.
    """

    mentions: tuple[Mention, ...]
    relation: str | None = None
    place: str | None = None
    weather: str | None = None

    def cost(self) -> int:
        """About how many words it takes, verb aside: place and weather a phrase, the rest a word or two."""
        facts = sum(fact is not None for m in self.mentions for fact in (m.colour, m.size, m.action))
        phrases = 3 * (self.place is not None) + 4 * (self.weather is not None)
        return 4 * len(self.mentions) - 2 + facts + phrases


_Statement = TypeVar("_Statement", Mention, Message)


def choose_message(scene: Scene, rng: np.random.Generator) -> Message:
    """Choose what to say of a scene, some ten words at most. Everything said is true of the scene."""
    message = _full_message(scene, rng)
    budget = int(rng.integers(_BUDGET[0], _BUDGET[1] + 1))
    while message.cost() > budget:
        shorter = _omissions(message)
        if not shorter:
            break
        message = shorter[int(rng.integers(len(shorter)))]
    return message


def _full_message(scene: Scene, rng: np.random.Generator) -> Message:
    """All that occurs to the speaker."""
    both = len(scene.things) == 2 and rng.random() < _SECOND
    mentions = tuple(_mention(thing, rng) for thing in (scene.things if both else scene.things[:1]))
    relation = scene.relation if both and rng.random() < _RELATION else None
    if both:
        first, second = mentions
        second = replace(second, action=None, count=2 if relation == "between" else second.count)
        mentions = (first if relation else replace(first, action=None), second)
    place = scene.place if rng.random() < _PLACE else None
    weather = scene.weather if rng.random() < _WEATHER else None
    return Message(mentions, relation, place, weather)


def _mention(thing: Thing, rng: np.random.Generator) -> Mention:
    counted = thing.count == 1 or rng.random() < _COUNT
    coloured = thing.noun not in PEOPLE and rng.random() < _COLOUR
    return Mention(
        thing.noun,
        thing.count if counted else None,
        thing.colour if coloured else None,
        thing.size if thing.size != MEDIUM else None,
        thing.action,
    )


def _omissions(message: Message) -> list[Message]:
    """The messages that leave out one fact more; nouns, numbers and relations stay."""
    shorter = [_without(message, part) for part in ("place", "weather") if getattr(message, part)]
    for index, mention in enumerate(message.mentions):
        for part in ("colour", "size", "action"):
            if getattr(mention, part):
                mentions = list(message.mentions)
                mentions[index] = _without(mention, part)
                shorter.append(replace(message, mentions=tuple(mentions)))
    return shorter


def _without(statement: _Statement, part: str) -> _Statement:
    silence: dict[str, Any] = {part: None}
    return replace(statement, **silence)
