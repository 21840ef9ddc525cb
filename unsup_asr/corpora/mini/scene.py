"""A scene: what there is to be drawn and told, and how scenes are drawn at random."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unsup_asr.corpora.mini import concepts
from unsup_asr.corpora.mini.layout import fits
from unsup_asr.corpora.mini.preferences import BOOST, HABITS, WEATHER_OF_PLACE

_TWO_GROUPS = 0.55
_ACTS = 0.55
_SIZE_WEIGHTS = {"medium": 0.36, "small": 0.24, "big": 0.4}
_COUNT_WEIGHTS = (0.42, 0.22, 0.14, 0.11, 0.11)


@dataclass(frozen=True)
class Thing:
    """A group of like things.

    Args:
        noun: one of `concepts.NOUNS`.
        colour: one of `concepts.COLOURS`; of a person, that of the clothes.
        size: small, medium or big.
        count: how many, 1 to 5.
        action: one of `concepts.ACTIONS`, or None.
    """

    noun: str
    colour: str
    size: str
    count: int
    action: str | None = None


@dataclass(frozen=True)
class Scene:
    """One or two groups of things in a place.

    Args:
        things: the groups, of different nouns.
        relation: how the first stands to the second, one of `concepts.RELATIONS`; None if there is but one.
        place: one of `concepts.PLACES`.
        weather: one of `concepts.WEATHERS`.
        seed: of all that the picture leaves open: position, shade, texture.
    """

    things: tuple[Thing, ...]
    relation: str | None
    place: str
    weather: str
    seed: int


def sample_scene(rng: np.random.Generator) -> Scene:
    """Draw a scene whose things all find room in the picture."""
    nouns = _nouns(rng)
    colours = [_pick(rng, concepts.COLOURS, HABITS[noun].colours) for noun in nouns]
    actions = [_pick(rng, HABITS[noun].actions.split()) if rng.random() < _ACTS else None for noun in nouns]
    place = _pick(rng, concepts.PLACES, HABITS[nouns[0]].places)
    weather = _pick(rng, concepts.WEATHERS, WEATHER_OF_PLACE[place])
    while True:  # some relations have no room for some actions, however small the things
        relation = _pick(rng, concepts.RELATIONS, HABITS[nouns[0]].relations) if len(nouns) == 2 else None
        measures = zip(_sizes(rng), _counts(rng, relation), strict=True)
        things = tuple(
            Thing(noun, colour, size, count, action)
            for noun, colour, action, (size, count) in zip(nouns, colours, actions, measures, strict=False)
        )
        if fits(things, relation):
            return Scene(things, relation, place, weather, int(rng.integers(2**31)))


def _nouns(rng: np.random.Generator) -> list[str]:
    """One noun, or two different ones."""
    first = _pick(rng, concepts.NOUNS)
    if rng.random() >= _TWO_GROUPS:
        return [first]
    others = [noun for noun in concepts.NOUNS if noun != first]
    return [first, _pick(rng, others, HABITS[first].companions)]


def _sizes(rng: np.random.Generator) -> list[str]:
    return [str(size) for size in rng.choice(list(_SIZE_WEIGHTS), size=2, p=list(_SIZE_WEIGHTS.values()))]


def _counts(rng: np.random.Generator, relation: str | None) -> tuple[int, int]:
    """How many of each group: two to stand between, several to stand around one."""
    first, second = (int(count) for count in rng.choice(concepts.COUNTS, size=2, p=_COUNT_WEIGHTS))
    if relation == "between":
        return first, 2
    if relation == "around":
        return int(rng.integers(3, 5)), 1
    return first, second


def _pick(rng: np.random.Generator, ranked: Sequence[str], favoured: str = "") -> str:
    """Draw from concepts ranked by frequency, those favoured `BOOST` times as often as their rank says."""
    liked = favoured.split()
    weights = concepts.zipf(len(ranked)) * [BOOST if concept in liked else 1.0 for concept in ranked]
    return str(rng.choice(ranked, p=weights / weights.sum()))
