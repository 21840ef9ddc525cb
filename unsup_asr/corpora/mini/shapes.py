"""The vocabulary that figures are drawn in: filled outlines in a square from (-1, -1), upper left, to (1, 1).

Things face right and stand on y = 1.
"""

from dataclasses import dataclass

import numpy as np

Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """A filled polygon.

    Args:
        points: its corners, shape (n, 2).
        paint: `body`, `shade` or `light` for a tone of the thing's own colour, or a name in `paints.PAINTS`.
    """

    points: np.ndarray
    paint: str


def polygon(paint: str, *corners: Point) -> Shape:
    """A shape with straight sides."""
    return Shape(np.array(corners, dtype=np.float64), paint)


def rectangle(paint: str, left: float, top: float, right: float, bottom: float) -> Shape:
    """An upright rectangle."""
    return polygon(paint, (left, top), (right, top), (right, bottom), (left, bottom))


def ellipse(paint: str, x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> Shape:
    """An ellipse around (x, y), turned clockwise by `turn` degrees."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    points = np.stack([rx * np.cos(angle), ry * np.sin(angle)], axis=1)
    return Shape(rotate(points, turn) + np.array([x, y]), paint)


def blob(paint: str, *controls: Point) -> Shape:
    """A closed smooth outline (Catmull-Rom spline) through the given points."""
    p1 = np.array(controls, dtype=np.float64)
    p0, p2, p3 = (np.roll(p1, shift, axis=0) for shift in (1, -1, -2))
    return Shape(_spline(p0, p1, p2, p3), paint)


def stroke(paint: str, width: float, *controls: Point) -> Shape:
    """A smooth line through the given points, of one width."""
    p1 = np.array(controls, dtype=np.float64)
    padded = np.concatenate([2 * p1[:1] - p1[1:2], p1, 2 * p1[-1:] - p1[-2:-1]])
    line = np.concatenate([_spline(padded[:-3], padded[1:-2], padded[2:-1], padded[3:]), p1[-1:]])
    along = np.gradient(line, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal *= width / 2 / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    return Shape(np.concatenate([line + normal, (line - normal)[::-1]]), paint)


def star(paint: str, x: float, y: float, outer: float, inner: float, tips: int) -> Shape:
    """A star with one tip upward."""
    angle = np.arange(2 * tips) * np.pi / tips - np.pi / 2
    radius = np.where(np.arange(2 * tips) % 2 == 0, outer, inner)
    points = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)
    return Shape(points, paint)


def rotate(points: np.ndarray, degrees: float) -> np.ndarray:
    """Turn points of shape (n, 2) clockwise about the origin."""
    angle = np.deg2rad(degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cosine, sine], [-sine, cosine]]))


def _spline(p0: np.ndarray, p1: np.ndarray, p2: np.ndarray, p3: np.ndarray, steps: int = 6) -> np.ndarray:
    """Catmull-Rom segments from each of p1 to its p2, all of shape (n, 2); returns (n * steps, 2)."""
    t = np.arange(steps)[None, :, None] / steps
    a, b, c, d = (p[:, None, :] for p in (p0, p1, p2, p3))
    curve = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    return np.asarray(0.5 * curve.reshape(-1, 2))
