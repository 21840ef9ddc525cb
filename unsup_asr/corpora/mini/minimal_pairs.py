"""Minimal pairs: a message made false of its scene by exchanging one fact for another of its class."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unsup_asr.corpora.mini import concepts
from unsup_asr.corpora.mini.message import Mention, Message
from unsup_asr.corpora.mini.preferences import HABITS
from unsup_asr.corpora.mini.scene import Scene

KINDS = ("noun", "colour", "size", "count", "relation", "direction", "action", "place", "weather")
"""Classes of facts."""
HARDEST = "direction"
"""A relation exchanged for its opposite: only who stands where tells them apart."""

_CLASSES: dict[str, tuple] = {
    "noun": concepts.NOUNS,
    "colour": concepts.COLOURS,
    "size": concepts.SIZES,
    "count": concepts.COUNTS,
    "relation": concepts.RELATIONS,
    "action": concepts.ACTIONS,
    "place": concepts.PLACES,
    "weather": concepts.WEATHERS,
}


def exchange(scene: Scene, message: Message, kind: str, rng: np.random.Generator) -> Message | None:
    """Make a message false of its scene by exchanging one fact.

    Args:
        scene: what the message speaks of.
        message: a message true of the scene.
        kind: one of `KINDS`.
        rng: chooses the fact and what takes its place.

    Returns:
        The false message, or None if the message states no fact of that kind.
    """
    if kind in ("noun", "colour", "size", "count", "action"):
        candidates = list(_other_mentions(message, kind))
    elif kind == "direction":
        opposite = concepts.OPPOSITES.get(message.relation or "")
        candidates = [replace(message, relation=opposite)] if opposite else []
    else:
        stated = getattr(message, kind)
        values = [value for value in _CLASSES[kind] if value != stated] if stated else []
        candidates = [replace(message, **{kind: value}) for value in values]
    candidates = [candidate for candidate in candidates if _makes_sense(candidate, scene, kind)]
    return candidates[int(rng.integers(len(candidates)))] if candidates else None


def _other_mentions(message: Message, kind: str) -> Iterator[Message]:
    for index, mention in enumerate(message.mentions):
        stated = getattr(mention, kind)
        if stated is None:
            continue
        for value in _CLASSES[kind]:
            if value != stated:
                changed = replace(mention, **{kind: value})
                yield replace(message, mentions=_with(message.mentions, index, changed))


def _with(mentions: tuple[Mention, ...], index: int, mention: Mention) -> tuple[Mention, ...]:
    return (*mentions[:index], mention, *mentions[index + 1 :])


def _makes_sense(message: Message, scene: Scene, kind: str) -> bool:
    """Whether an exchanged message could be true of another scene, and is false of this one.

    What no scene shows would be known to be false without a look at the picture.
    """
    mentions = message.mentions
    if message.relation == "between" and mentions[1].count in (1, None):
        return False
    if message.relation == "around" and mentions[0].count == 1:
        return False
    if any(m.noun in concepts.PEOPLE and m.colour for m in mentions):
        return False
    if any(m.action and m.action not in HABITS[m.noun].actions.split() for m in mentions):
        return False
    shown = {thing.noun for thing in scene.things}
    return kind != "noun" or sum(m.noun not in shown for m in mentions) == 1
