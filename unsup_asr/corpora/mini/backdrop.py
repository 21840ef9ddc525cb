"""The place and the weather, painted before the things are set in."""

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from unsup_asr.corpora.mini.paints import RGB, mix

Draw = ImageDraw.ImageDraw
_GRAINS = 96

_SKIES: dict[str, tuple[RGB, RGB]] = {
    "sunny": ((52, 150, 255), (178, 224, 255)),
    "night": ((10, 12, 48), (44, 48, 110)),
    "rainy": ((70, 84, 104), (126, 142, 160)),
    "snowy": ((190, 204, 220), (232, 238, 246)),
    "cloudy": ((150, 168, 190), (206, 216, 226)),
    "sunset": ((120, 56, 140), (255, 164, 72)),
}
_TINTS: dict[str, tuple[RGB, float]] = {
    "sunny": ((255, 250, 200), 0.05),
    "night": ((12, 16, 64), 0.58),
    "rainy": ((70, 84, 110), 0.34),
    "snowy": ((250, 252, 255), 0.5),
    "cloudy": ((150, 160, 172), 0.22),
    "sunset": ((250, 110, 60), 0.34),
}
_GROUNDS: dict[str, tuple[RGB, RGB]] = {
    "street": ((112, 112, 120), (86, 86, 94)),
    "beach": ((240, 214, 150), (226, 190, 116)),
    "field": ((150, 206, 84), (104, 172, 58)),
    "forest": ((64, 116, 56), (40, 86, 42)),
    "lake": ((64, 150, 206), (30, 96, 164)),
    "mountains": ((150, 156, 132), (112, 122, 98)),
    "desert": ((236, 164, 88), (206, 124, 58)),
}


def paint_backdrop(place: str, weather: str, size: int, rng: np.random.Generator) -> Image.Image:
    """Paint sky, place and weather as an RGB image of `size` by `size` pixels."""
    horizon = rng.uniform(0.4, 0.48)
    canvas = _gradients(place, weather, size, horizon, rng)
    draw = ImageDraw.Draw(canvas, "RGBA")
    _SKY_PAINTERS[weather](draw, size, horizon, rng)
    scenery = _Scenery(draw, size, horizon, weather, rng)
    _PLACE_PAINTERS[place](scenery)
    if weather in _FALLING:
        _FALLING[weather](draw, size, rng)
    return canvas


def _gradients(place: str, weather: str, size: int, horizon: float, rng: np.random.Generator) -> Image.Image:
    """Sky above the horizon and ground below it, each from one colour to another, with a little grain."""
    y = (np.arange(size) + 0.5)[:, None] / size
    sky = _blend(*_SKIES[weather], y / horizon)
    tint, share = _TINTS[weather]
    far, near = (mix(colour, tint, share) for colour in _GROUNDS[place])
    ground = _blend(far, near, (y - horizon) / (1 - horizon))
    rows = np.where(y < horizon, sky, ground)[:, None, :] + rng.uniform(-6, 6)
    cell = np.arange(size) * _GRAINS // size
    grain = rng.normal(0, 4, (_GRAINS, _GRAINS, 1))[cell][:, cell]
    return Image.fromarray(np.clip(rows + grain, 0, 255).astype(np.uint8))


def _blend(first: RGB, second: RGB, share: np.ndarray) -> np.ndarray:
    return np.asarray(first + (np.array(second) - first) * np.clip(share, 0, 1))


def _disc(draw: Draw, size: int, x: float, y: float, radius: float, colour: tuple[int, ...]) -> None:
    draw.ellipse([v * size for v in (x - radius, y - radius, x + radius, y + radius)], fill=colour)


def _sun(draw: Draw, size: int, horizon: float, rng: np.random.Generator) -> None:
    x, y = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.18)
    angles = np.arange(24) * np.pi / 12
    radii = np.where(np.arange(24) % 2 == 0, 0.2, 0.13)
    rays = np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], axis=1) * size
    draw.polygon(rays.ravel().tolist(), fill=(255, 226, 90))
    _disc(draw, size, x, y, 0.105, (255, 244, 150))


def _moon(draw: Draw, size: int, horizon: float, rng: np.random.Generator) -> None:
    for x, y in rng.uniform((0, 0), (1, horizon), (26, 2)):
        _disc(draw, size, x, y, 0.007, (255, 255, 230))
    x, y = rng.uniform(0.12, 0.88), rng.uniform(0.1, 0.2)
    _disc(draw, size, x, y, 0.1, (255, 246, 196))
    _disc(draw, size, x + 0.05, y - 0.02, 0.085, (22, 24, 66))


def _clouds(
    draw: Draw, size: int, horizon: float, rng: np.random.Generator, colour: RGB = (246, 248, 252)
) -> None:
    for index in range(5):
        x, y = (index + rng.uniform(0.1, 0.9)) / 5, rng.uniform(0.05, horizon - 0.12)
        for dx, dy, radius in ((-0.09, 0.02, 0.06), (0.0, 0.0, 0.085), (0.09, 0.025, 0.055)):
            _disc(draw, size, x + dx, y + dy, radius, (*colour, 235))


def _dark_clouds(draw: Draw, size: int, horizon: float, rng: np.random.Generator) -> None:
    _clouds(draw, size, horizon * 0.6, rng, (78, 88, 106))


def _low_sun(draw: Draw, size: int, horizon: float, rng: np.random.Generator) -> None:
    x = rng.uniform(0.2, 0.8)
    _disc(draw, size, x, horizon - 0.02, 0.22, (255, 196, 90, 150))
    _disc(draw, size, x, horizon - 0.02, 0.15, (255, 232, 130))
    for y in rng.uniform(0.05, horizon - 0.1, 4):
        left = rng.uniform(-0.2, 0.8)
        draw.ellipse([v * size for v in (left, y, left + 0.5, y + 0.03)], fill=(255, 130, 120, 190))


def _no_lights(draw: Draw, size: int, horizon: float, rng: np.random.Generator) -> None:
    """A blank winter sky."""


_SKY_PAINTERS = {
    "sunny": _sun,
    "night": _moon,
    "rainy": _dark_clouds,
    "snowy": _no_lights,
    "cloudy": _clouds,
    "sunset": _low_sun,
}


def _rain(draw: Draw, size: int, rng: np.random.Generator) -> None:
    width = max(1, size // 110)
    for x, y in rng.uniform(-0.05, 1, (46, 2)) * size:
        draw.line([x, y, x - 0.025 * size, y + 0.09 * size], fill=(206, 228, 255, 220), width=width)


def _snow(draw: Draw, size: int, rng: np.random.Generator) -> None:
    for x, y, radius in rng.uniform((0, 0, 0.009), (1, 1, 0.018), (70, 3)):
        _disc(draw, size, x, y, radius, (255, 255, 255))


_FALLING = {"rainy": _rain, "snowy": _snow}


class _Scenery:
    """A brush for what belongs to a place, in shares of the picture's side, lit by the weather."""

    def __init__(self, draw: Draw, size: int, horizon: float, weather: str, rng: np.random.Generator) -> None:
        self.draw, self.size, self.horizon, self.rng = draw, size, horizon, rng
        self.tint, self.share = _TINTS[weather]

    def polygon(self, colour: RGB, *corners: tuple[float, float]) -> None:
        self.draw.polygon(
            [v * self.size for corner in corners for v in corner], fill=mix(colour, self.tint, self.share)
        )

    def rectangle(self, colour: RGB, left: float, top: float, right: float, bottom: float) -> None:
        self.polygon(colour, (left, top), (right, top), (right, bottom), (left, bottom))

    def ellipse(self, colour: RGB, left: float, top: float, right: float, bottom: float) -> None:
        box = [v * self.size for v in (left, top, right, bottom)]
        self.draw.ellipse(box, fill=mix(colour, self.tint, self.share))


def _street(at: _Scenery) -> None:
    """Blocks of flats with lit windows, a kerb, a dashed line."""
    edges = np.linspace(0, 1, 6)
    for left, right in pairwise(edges):
        top = at.horizon - at.rng.uniform(0.14, 0.34)
        at.rectangle((124 + int(at.rng.integers(50)), 112, 120), left, top, right - 0.015, at.horizon)
        for y in np.arange(top + 0.03, at.horizon - 0.05, 0.075):
            for x in (left + 0.03, left + 0.11):
                at.rectangle((255, 236, 160), x, y, x + 0.045, y + 0.035)
    at.rectangle((196, 192, 186), 0, at.horizon, 1, at.horizon + 0.07)
    for left in np.arange(-0.05, 1, 0.25):
        at.rectangle((250, 250, 240), left, 0.72, left + 0.14, 0.755)


def _beach(at: _Scenery) -> None:
    """A band of sea with foam before the sand."""
    at.rectangle((28, 124, 200), 0, at.horizon, 1, at.horizon + 0.15)
    at.rectangle((70, 180, 224), 0, at.horizon + 0.09, 1, at.horizon + 0.15)
    for left in np.arange(-0.08, 1, 0.16):
        at.ellipse((250, 254, 255), left, at.horizon + 0.125, left + 0.18, at.horizon + 0.17)
    for x, y in at.rng.uniform((0, 0.68), (1, 1), (26, 2)):
        at.ellipse((190, 148, 86), x, y, x + 0.014, y + 0.01)


def _field(at: _Scenery) -> None:
    """Rolling green, a fence, tufts and specks of blossom."""
    at.ellipse((126, 190, 72), -0.3, at.horizon - 0.1, 0.6, at.horizon + 0.3)
    at.ellipse((140, 200, 80), 0.4, at.horizon - 0.07, 1.4, at.horizon + 0.3)
    at.rectangle((150, 206, 84), 0, at.horizon + 0.08, 1, at.horizon + 0.2)
    for y in (0.015, 0.055):
        at.rectangle((250, 246, 236), 0, at.horizon + y, 1, at.horizon + y + 0.015)
    for x in np.arange(0.03, 1, 0.12):
        at.rectangle((250, 246, 236), x, at.horizon - 0.02, x + 0.02, at.horizon + 0.1)
    for x, y in at.rng.uniform((0, 0.64), (1, 1), (20, 2)):
        at.ellipse((255, 250, 200), x, y, x + 0.016, y + 0.016)


def _forest(at: _Scenery) -> None:
    """Rows of dark firs."""
    for depth, colour in ((0.0, (34, 84, 48)), (0.06, (22, 66, 40))):
        for left in np.arange(-0.06, 1, 0.12):
            x, foot = left + at.rng.uniform(0, 0.05), at.horizon + 0.05 + depth
            height = at.rng.uniform(0.26, 0.4)
            for level in (0.0, 0.33):
                width = 0.085 * (1 - level * 0.6)
                low = foot - height * level
                at.polygon(colour, (x - width, low), (x, low - height * 0.67), (x + width, low))


def _lake(at: _Scenery) -> None:
    """Water up to a far green bank, with ripples and reeds."""
    at.rectangle((84, 150, 70), 0, at.horizon - 0.06, 1, at.horizon)
    for x in np.arange(-0.05, 1, 0.14):
        at.ellipse((70, 136, 62), x, at.horizon - 0.11, x + 0.2, at.horizon)
    for x, y in at.rng.uniform((-0.1, at.horizon + 0.05), (1, 1), (22, 2)):
        at.ellipse((170, 216, 244), x, y, x + 0.14, y + 0.014)
    for x in (0.02, 0.05, 0.94, 0.97):
        at.rectangle((60, 120, 50), x, 0.78 + at.rng.uniform(0, 0.08), x + 0.014, 1)


def _mountains(at: _Scenery) -> None:
    """Grey peaks with white caps."""
    for centre in (0.12, 0.5, 0.86):
        x, top, half = centre + at.rng.uniform(-0.06, 0.06), at.rng.uniform(0.06, 0.16), 0.34
        foot, slope = at.horizon + 0.02, half / (at.horizon + 0.02 - top)
        at.polygon((104, 106, 126), (x - half, foot), (x, top), (x + half, foot))
        at.polygon((82, 84, 106), (x + half * 0.1, foot), (x, top), (x + half, foot))
        cap = 0.1
        at.polygon(
            (252, 253, 255),
            (x, top),
            (x + cap * slope, top + cap),
            (x, top + cap * 0.7),
            (x - cap * slope, top + cap),
        )
    for x, y in at.rng.uniform((0, at.horizon + 0.06), (1, 1), (14, 2)):
        at.ellipse((126, 126, 128), x, y, x + 0.04, y + 0.022)


def _desert(at: _Scenery) -> None:
    """Dunes and cactuses."""
    at.ellipse((228, 150, 76), -0.4, at.horizon - 0.1, 0.7, at.horizon + 0.4)
    at.ellipse((218, 136, 64), 0.3, at.horizon - 0.06, 1.5, at.horizon + 0.4)
    at.ellipse((236, 164, 88), -0.5, at.horizon + 0.12, 1.6, at.horizon + 0.7)
    for x in (at.rng.uniform(0.04, 0.3), at.rng.uniform(0.7, 0.92)):
        foot = at.horizon + 0.1
        at.rectangle((52, 120, 66), x, foot - 0.22, x + 0.035, foot)
        at.rectangle((52, 120, 66), x - 0.05, foot - 0.12, x + 0.085, foot - 0.09)
        at.rectangle((52, 120, 66), x - 0.05, foot - 0.17, x - 0.022, foot - 0.09)
        at.rectangle((52, 120, 66), x + 0.057, foot - 0.19, x + 0.085, foot - 0.09)


_PLACE_PAINTERS = {
    "street": _street,
    "beach": _beach,
    "field": _field,
    "forest": _forest,
    "lake": _lake,
    "mountains": _mountains,
    "desert": _desert,
}
