from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from unsup_asr.corpora.mini import concepts
from unsup_asr.corpora.mini.drawing import draw
from unsup_asr.corpora.mini.figures import FIGURES
from unsup_asr.corpora.mini.paints import COLOURS, PAINTS
from unsup_asr.corpora.mini.scene import Scene, Thing, sample_scene

DOG = Scene((Thing("dog", "red", "medium", 2, "running"),), None, "beach", "sunny", 5)
PAIR = Scene(
    (Thing("bird", "blue", "small", 3), Thing("tree", "green", "medium", 1)), "above", "field", "cloudy", 6
)


def test_the_same_scene_gives_the_same_bytes():
    rng = np.random.default_rng(3)
    for scene in (sample_scene(rng) for _ in range(10)):
        assert draw(scene, 64).tobytes() == draw(scene, 64).tobytes()


def test_size_and_mode():
    assert (draw(DOG, 64).size, draw(DOG, 192).size, draw(DOG, 48).mode) == ((64, 64), (192, 192), "RGB")


def test_composition_does_not_depend_on_size():
    rng = np.random.default_rng(4)
    for scene in (sample_scene(rng) for _ in range(8)):
        small = np.asarray(draw(scene, 64), dtype=float)
        large = np.asarray(draw(scene, 192).resize((64, 64), Image.Resampling.BOX), dtype=float)
        assert np.abs(small - large).mean() < 8


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        *[("noun", noun) for noun in ("cat", "horse", "chair", "rabbit")],
        *[("colour", colour) for colour in concepts.COLOURS if colour != "red"],
        *[("size", size) for size in ("small", "big")],
        *[("count", count) for count in (1, 3, 4)],
        *[("action", action) for action in (None, *concepts.ACTIONS[1:])],
    ],
)
def test_a_picture_shows_each_fact_of_a_thing(kind, other):
    changed = replace(DOG, things=(replace(DOG.things[0], **{kind: other}),))
    assert _differing_share(DOG, changed) > 0.02


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        *[("place", place) for place in concepts.PLACES if place != "field"],
        *[("weather", weather) for weather in concepts.WEATHERS if weather != "cloudy"],
        *[("relation", relation) for relation in ("under", "left_of", "right_of", "around")],
    ],
)
def test_a_picture_shows_each_fact_of_a_scene(kind, other):
    assert _differing_share(PAIR, replace(PAIR, **{kind: other})) > 0.05


def _differing_share(first: Scene, second: Scene) -> float:
    """The share of pixels that clearly differ; what the seed decides is the same in both."""
    a, b = (np.asarray(draw(scene, 48), dtype=float) for scene in (first, second))
    return float((np.abs(a - b).max(axis=-1) > 40).mean())


def test_colour_can_be_measured_in_the_picture():
    for noun in ("ball", "elephant", "bus", "umbrella", "star", "boat"):
        for colour in COLOURS:
            scene = Scene((Thing(noun, colour, "big", 1),), None, "lake", "rainy", 1)
            pixels = np.asarray(draw(scene, 96), dtype=float).reshape(-1, 3)
            near = {name: (np.abs(pixels - rgb).max(axis=1) < 26).sum() for name, rgb in COLOURS.items()}
            assert near[colour] > 250, (noun, colour, near)


def test_silhouettes_are_told_apart():
    masks = {noun: _silhouette(noun) for noun in concepts.NOUNS}
    for first, second in combinations(concepts.NOUNS, 2):
        a, b = masks[first], masks[second]
        assert (a & b).sum() / (a | b).sum() < 0.85, (first, second)


def _silhouette(noun: str) -> np.ndarray:
    mask = Image.new("L", (48, 48))
    for shape in FIGURES[noun]:
        ImageDraw.Draw(mask).polygon(((shape.points + 1) * 24).ravel().tolist(), fill=1)
    return np.asarray(mask, dtype=bool)


def test_figures_stay_in_their_square_and_use_known_paints():
    for noun, shapes in FIGURES.items():
        points = np.concatenate([shape.points for shape in shapes])
        assert np.abs(points).max() < 1.13, noun
        assert {shape.paint for shape in shapes} <= {*PAINTS, "body", "shade", "light"}
        assert any(shape.paint == "body" for shape in shapes)


def test_colours_are_well_apart():
    for first, second in combinations(COLOURS.values(), 2):
        assert np.linalg.norm(np.subtract(first, second)) > 80
