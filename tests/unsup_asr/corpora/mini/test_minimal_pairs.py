import numpy as np
import pytest

from unsup_asr.corpora.mini import concepts
from unsup_asr.corpora.mini.message import Mention, Message, choose_message
from unsup_asr.corpora.mini.minimal_pairs import KINDS, exchange
from unsup_asr.corpora.mini.scene import Scene, Thing, sample_scene


@pytest.fixture(scope="module")
def told() -> list[tuple[Scene, Message]]:
    rng = np.random.default_rng(0)
    scenes = [sample_scene(rng) for _ in range(2000)]
    return [(scene, choose_message(scene, rng)) for scene in scenes]


def _true(message: Message, scene: Scene) -> bool:
    """Whether everything said holds, each group taken for the thing of its name."""
    things = {thing.noun: thing for thing in scene.things}
    if not all(mention.noun in things for mention in message.mentions):
        return False
    held = [_holds(mention, things[mention.noun]) for mention in message.mentions]
    for part in ("relation", "place", "weather"):
        held.append(getattr(message, part) in (None, getattr(scene, part)))
    return all(held)


def _holds(mention: Mention, thing: Thing) -> bool:
    pairs = [(getattr(mention, part), getattr(thing, part)) for part in ("colour", "size", "action")]
    number = mention.count == thing.count if mention.count else thing.count > 1
    return number and all(said in (None, shown) for said, shown in pairs)


def test_messages_are_true_of_their_scene(told):
    assert all(_true(message, scene) for scene, message in told)


def test_messages_leave_things_out(told):
    for part in ("place", "weather"):
        share = np.mean([getattr(message, part) is None for _, message in told])
        assert 0.3 < share < 0.9
    assert any(mention.count is None for _, message in told for mention in message.mentions)
    assert not any(m.colour for _, message in told for m in message.mentions if m.noun in concepts.PEOPLE)


@pytest.mark.parametrize("kind", KINDS)
def test_an_exchanged_message_is_false_and_differs_in_one_fact(told, kind):
    rng = np.random.default_rng(1)
    made = 0
    for scene, message in told:
        changed = exchange(scene, message, kind, rng)
        if changed is None:
            continue
        made += 1
        assert not _true(changed, scene)
        assert _differences(message, changed) == ["relation" if kind == "direction" else kind]
    assert made > 200


def test_a_direction_is_turned_round(told):
    rng = np.random.default_rng(1)
    turned = [(m.relation, exchange(scene, m, "direction", rng)) for scene, m in told]
    pairs = {(relation, changed.relation) for relation, changed in turned if changed}
    assert pairs == {("under", "above"), ("above", "under"), ("left_of", "right_of"), ("right_of", "left_of")}


def _differences(first: Message, second: Message) -> list[str]:
    parts = [
        part for part in ("relation", "place", "weather") if getattr(first, part) != getattr(second, part)
    ]
    for one, other in zip(first.mentions, second.mentions, strict=True):
        for part in ("noun", "count", "colour", "size", "action"):
            if getattr(one, part) != getattr(other, part):
                parts.append(part)
    return parts


def test_nothing_stated_nothing_exchanged():
    scene = Scene((Thing("man", "red", "medium", 1),), None, "lake", "night", 0)
    message = Message((Mention("man", 1),))
    rng = np.random.default_rng(0)
    assert {kind for kind in KINDS if exchange(scene, message, kind, rng)} == {"noun", "count"}


def test_every_value_of_a_class_comes_up():
    scene = Scene((Thing("dog", "red", "medium", 1),), None, "lake", "night", 0)
    message = Message((Mention("dog", 1, "red"),))
    rng = np.random.default_rng(0)
    colours = {exchange(scene, message, "colour", rng).mentions[0].colour for _ in range(200)}
    assert colours == set(concepts.COLOURS) - {"red"}
