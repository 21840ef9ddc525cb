"""A scene as a picture: things cut out of paper, set before a painted backdrop."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from unsup_asr.corpora.mini.actions import DEVICES, Device
from unsup_asr.corpora.mini.backdrop import paint_backdrop
from unsup_asr.corpora.mini.concepts import PEOPLE
from unsup_asr.corpora.mini.figures import FIGURES
from unsup_asr.corpora.mini.layout import Spot, arrange
from unsup_asr.corpora.mini.paints import PAINTS, RGB, palette
from unsup_asr.corpora.mini.scene import Scene, Thing
from unsup_asr.corpora.mini.shapes import Shape, rotate

_OUTLINE, _RIM = 0.011, 0.021
_LYING_TURN, _LYING_DROP = 84.0, 0.17


def draw(scene: Scene, size: int) -> Image.Image:
    """Draw a scene; the same scene always gives the same bytes.

    Args:
        scene: what to draw.
        size: width and height in pixels; the composition does not depend on it.

    Returns:
        An RGB image.
    """
    zoom = 3 if size <= 96 else 2
    place_rng, texture_rng = np.random.default_rng(scene.seed).spawn(2)
    canvas = paint_backdrop(scene.place, scene.weather, size * zoom, texture_rng)
    ground = ImageDraw.Draw(canvas, "RGBA")
    marks, figures = _Layer(canvas.width), _Layer(canvas.width)
    paints = {thing: palette(thing.colour, place_rng) for thing in scene.things}
    for spot in arrange(scene, place_rng):
        device = DEVICES[spot.thing.action]
        pose = _pose(spot, device, paints[spot.thing], place_rng)
        if device.shadow is not None:
            _cast_shadow(ground, pose, device.shadow, canvas.width)
        upright = replace(pose, turn=0.0)
        marks.add(device.behind, upright)
        figures.add(_figure(spot.thing), _lying(pose, spot) if device.lays_down else pose)
        figures.add(device.before, upright)
    for layer in (marks, figures):
        layer.lay_on(canvas)
    return canvas.resize((size, size), Image.Resampling.BOX)


@dataclass(frozen=True)
class _Pose:
    """How shapes are set into the picture, whose side is 1.

    Args:
        centre: of the figure's square, shape (2,).
        scale: half the side of that square.
        turn: in degrees, clockwise.
        paints: the colours of all paints.
    """

    centre: np.ndarray
    scale: float
    turn: float
    paints: dict[str, RGB]

    def points(self, shape: Shape) -> np.ndarray:
        return np.asarray(rotate(shape.points, self.turn) * self.scale + self.centre)


def _pose(spot: Spot, device: Device, paints: dict[str, RGB], rng: np.random.Generator) -> _Pose:
    """Where the figure stands in its cell: a little smaller than its square, and hardly ever straight."""
    centre = np.array([spot.x, spot.y]) + spot.side * np.array(device.shift)
    return _Pose(centre, spot.side / 2 * rng.uniform(0.92, 0.98), device.turn + rng.uniform(-3, 3), paints)


def _lying(pose: _Pose, spot: Spot) -> _Pose:
    """People lie on their backs; what else sleeps stays as it is."""
    if spot.thing.noun not in PEOPLE:
        return pose
    centre = pose.centre + np.array([0.0, spot.side * _LYING_DROP])
    return replace(pose, turn=pose.turn + _LYING_TURN, centre=centre)


def _figure(thing: Thing) -> list[Shape]:
    shapes = FIGURES[thing.noun]
    return [_closed(shape) for shape in shapes] if thing.action == "sleeping" else shapes


def _cast_shadow(ground: ImageDraw.ImageDraw, pose: _Pose, below: float, size: int) -> None:
    """A flat shadow, `below` sides of the figure's square under its feet."""
    middle = pose.centre + np.array([0.0, pose.scale * (1 + 2 * below)])
    half = pose.scale * np.array([0.92, 0.14])
    box = np.concatenate([middle - half, middle + half]) * size
    ground.ellipse(box.tolist(), fill=(10, 10, 30, 110))


class _Layer:
    """Cut-outs that are glued on together, with a dark outline and a paper rim around them all."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.colours, self.mask = Image.new("RGB", (size, size)), Image.new("L", (size, size))
        self._paint, self._cut = ImageDraw.Draw(self.colours), ImageDraw.Draw(self.mask)

    def add(self, shapes: Iterable[Shape], pose: _Pose) -> None:
        for shape in shapes:
            corners = (pose.points(shape) * self.size).ravel().tolist()
            self._paint.polygon(corners, fill=pose.paints[shape.paint])
            self._cut.polygon(corners, fill=255)

    def lay_on(self, canvas: Image.Image) -> None:
        canvas.paste(PAINTS["paper"], (0, 0), self._widened(_RIM))
        canvas.paste(PAINTS["ink"], (0, 0), self._widened(_OUTLINE))
        canvas.paste(self.colours, (0, 0), self.mask)

    def _widened(self, width: float) -> Image.Image:
        """The mask, widened by a share of the picture's side."""
        blurred = self.mask.filter(ImageFilter.BoxBlur(width * self.size))
        return blurred.point(lambda value: 255 if value > 24 else 0)


def _closed(shape: Shape) -> Shape:
    """The shape with its eye shut: a slit where the pupil was."""
    if shape.paint != "eye":
        return shape
    centre = shape.points.mean(axis=0)
    return Shape((shape.points - centre) * (1.9, 0.35) + centre, "ink")
