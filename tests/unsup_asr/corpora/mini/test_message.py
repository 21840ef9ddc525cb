"""Everything said is true of the scene, and no more than a speaker says in one breath."""

import numpy as np
import pytest

from unsup_asr.corpora.mini.concepts import MEDIUM, PEOPLE
from unsup_asr.corpora.mini.message import Mention, Message, choose_message
from unsup_asr.corpora.mini.scene import Scene, sample_scene


@pytest.fixture(scope="module")
def said() -> list[tuple[Scene, Message]]:
    rng = np.random.default_rng(0)
    scenes = [sample_scene(rng) for _ in range(1500)]
    return [(scene, choose_message(scene, rng)) for scene in scenes]


def test_cost_by_hand():
    dog = Mention("dog", 1, colour="brown", action="running")
    assert Message((dog,)).cost() == 2 + 2
    assert Message((dog, Mention("cat", 2)), "under", "beach", "sunny").cost() == 6 + 2 + 3 + 4


def test_everything_said_is_true(said):
    for scene, message in said:
        assert message.place in (None, scene.place)
        assert message.weather in (None, scene.weather)
        assert message.relation in (None, scene.relation)
        for mention, thing in zip(message.mentions, scene.things, strict=False):
            assert mention.noun == thing.noun
            assert mention.count in (None, thing.count) or message.relation == "between"
            assert mention.colour in (None, thing.colour)
            assert mention.size in (None, thing.size) and mention.size != MEDIUM
            assert mention.action in (None, thing.action)


def test_of_two_groups_only_the_first_does_something(said):
    for _, message in said:
        assert 1 <= len(message.mentions) <= 2
        assert all(mention.action is None for mention in message.mentions[1:])
        assert message.relation is None or len(message.mentions) == 2


def test_people_have_no_colour(said):
    assert not [m for _, message in said for m in message.mentions if m.noun in PEOPLE and m.colour]


def test_messages_are_short_unless_nothing_can_be_left_out(said):
    for _, message in said:
        facts = [m.colour or m.size or m.action for m in message.mentions]
        assert message.cost() <= 12 or not any([*facts, message.place, message.weather])


def test_every_fact_is_sometimes_said_and_sometimes_not(said):
    for part in ("relation", "place", "weather"):
        stated = [getattr(message, part) is not None for _, message in said]
        assert 0.05 < np.mean(stated) < 0.95
    for part in ("count", "colour", "size", "action"):
        stated = [getattr(m, part) is not None for _, message in said for m in message.mentions]
        assert 0.05 < np.mean(stated) < 0.95
