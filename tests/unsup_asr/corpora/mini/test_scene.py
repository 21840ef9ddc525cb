import dataclasses
from collections import Counter

import numpy as np
import pytest

from unsup_asr.corpora.mini import concepts
from unsup_asr.corpora.mini.layout import arrange, fits
from unsup_asr.corpora.mini.preferences import HABITS, WEATHER_OF_PLACE
from unsup_asr.corpora.mini.scene import Scene, Thing, sample_scene
from unsup_asr.errors import InputError


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    rng = np.random.default_rng(0)
    return [sample_scene(rng) for _ in range(4000)]


def test_the_same_generator_gives_the_same_scenes():
    first, second = (np.random.default_rng(7) for _ in range(2))
    assert [sample_scene(first) for _ in range(50)] == [sample_scene(second) for _ in range(50)]


def test_every_scene_is_of_the_world(scenes):
    for scene in scenes:
        nouns = [thing.noun for thing in scene.things]
        assert len(set(nouns)) == len(nouns) in (1, 2)
        assert (scene.relation is None) == (len(nouns) == 1)
        assert scene.place in concepts.PLACES and scene.weather in concepts.WEATHERS
        for thing in scene.things:
            assert thing.colour in concepts.COLOURS and thing.count in concepts.COUNTS
            assert thing.action is None or thing.action in HABITS[thing.noun].actions.split()
        assert fits(scene.things, scene.relation)


def test_first_nouns_fall_off_as_zipf_says(scenes):
    counts = Counter(scene.things[0].noun for scene in scenes)
    observed = np.array([counts[noun] for noun in concepts.NOUNS]) / len(scenes)
    rank = np.log(np.arange(1, len(concepts.NOUNS) + 1))
    slope = np.polyfit(rank, np.log(observed), 1)[0]
    assert slope == pytest.approx(-0.7, abs=0.08)


def test_every_noun_comes_in_many_colours(scenes):
    colours = {noun: set() for noun in concepts.NOUNS}
    for scene in scenes:
        for thing in scene.things:
            colours[thing.noun].add(thing.colour)
    assert min(len(seen) for seen in colours.values()) >= 7


def test_habits_show(scenes):
    boats = [scene.place for scene in scenes if scene.things[0].noun == "boat"]
    cars = [scene.place for scene in scenes if scene.things[0].noun == "car"]
    assert boats.count("lake") / len(boats) > 3 * cars.count("lake") / len(cars)


def test_habits_name_only_what_there_is():
    known = {
        "colours": concepts.COLOURS,
        "places": concepts.PLACES,
        "actions": concepts.ACTIONS,
        "companions": concepts.NOUNS,
        "relations": concepts.RELATIONS,
    }
    assert set(HABITS) == set(concepts.NOUNS)
    for noun, habit in HABITS.items():
        for field in dataclasses.fields(habit):
            named = set(getattr(habit, field.name).split())
            assert named and named <= set(known[field.name]), (noun, field.name)
    assert {w for weathers in WEATHER_OF_PLACE.values() for w in weathers.split()} <= set(concepts.WEATHERS)
    assert set(WEATHER_OF_PLACE) == set(concepts.PLACES)


def test_every_action_is_done_by_many():
    for action in concepts.ACTIONS:
        assert sum(action in habit.actions.split() for habit in HABITS.values()) >= 8


def test_figures_keep_clear_of_each_other_and_of_the_edge(scenes):
    for scene in scenes[:600]:
        spots = arrange(scene, np.random.default_rng(scene.seed))
        centres = np.array([(spot.x, spot.y) for spot in spots])
        half = np.array([spot.side for spot in spots]) / 2
        assert len(spots) == sum(_shown(scene, thing) for thing in scene.things)
        assert (centres - half[:, None] >= 0).all() and (centres + half[:, None] <= 1).all()
        apart = np.abs(centres[:, None] - centres[None]).max(axis=-1) - half[:, None] - half[None]
        assert (apart[~np.eye(len(spots), dtype=bool)] >= 0).all()


def _shown(scene: Scene, thing: Thing) -> int:
    return 2 if scene.relation == "between" and thing is scene.things[1] else thing.count


def test_relations_can_be_measured_in_the_layout(scenes):
    for scene in (scene for scene in scenes[:1500] if scene.relation):
        spots = arrange(scene, np.random.default_rng(scene.seed))
        first, second = (
            np.array([(spot.x, spot.y) for spot in spots if spot.thing == thing]) for thing in scene.things
        )
        holds = {
            "under": first[:, 1].min() > second[:, 1].max(),
            "above": first[:, 1].max() < second[:, 1].min(),
            "left_of": first[:, 0].max() < second[:, 0].min(),
            "right_of": first[:, 0].min() > second[:, 0].max(),
            "between": second[:, 0].min() < first[:, 0].min()
            and first[:, 0].max() < second[:, 0].max()
            and first[:, 1].min() - 1e-9 <= second[0, 1] <= first[:, 1].max() + 1e-9,
            "around": (first.min(axis=0) < second[0]).all() and (first.max(axis=0) > second[0]).all(),
        }
        true = {relation for relation, held in holds.items() if held}
        assert true == {scene.relation}


def test_what_does_not_fit_is_refused():
    crowd = Scene((Thing("dog", "red", "big", 5),), None, "beach", "sunny", 0)
    assert not fits(crowd.things, None)
    with pytest.raises(InputError, match="no room"):
        arrange(crowd, np.random.default_rng(0))
