"""Colours as red, green, blue from 0 to 255."""

import numpy as np

RGB = tuple[int, int, int]

COLOURS: dict[str, RGB] = {
    "red": (222, 30, 34),
    "black": (38, 38, 44),
    "white": (252, 252, 252),
    "blue": (30, 84, 226),
    "green": (24, 160, 48),
    "brown": (124, 70, 26),
    "yellow": (255, 220, 10),
    "pink": (255, 138, 196),
    "purple": (130, 36, 182),
}
"""What the things of a scene may be painted in."""

PAINTS: dict[str, RGB] = {
    "ink": (32, 26, 36),
    "paper": (255, 252, 242),
    "eye": (32, 26, 36),
    "skin": (238, 186, 146),
    "hair": (84, 50, 30),
    "wood": (128, 86, 50),
    "glass": (190, 228, 246),
    "rubber": (46, 46, 54),
    "metal": (176, 182, 192),
    "ray": (255, 236, 90),
    "water": (70, 172, 236),
    "foam": (226, 246, 255),
    "wing": (244, 250, 255),
    "dust": (236, 226, 206),
    "pillow": (252, 250, 255),
    "blanket": (122, 150, 214),
    "leaf": (66, 158, 70),
    "tongue": (230, 70, 90),
}
"""What else things are made of."""


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """Go from the first colour towards the second by a share from 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def palette(colour: str, rng: np.random.Generator) -> dict[str, RGB]:
    """All paints for one group of things, its own colour a little lighter or darker than the plain one."""
    body = mix(COLOURS[colour], (255, 255, 255) if rng.random() < 0.5 else (0, 0, 0), rng.uniform(0, 0.07))
    light = mix(body, (255, 255, 255), 0.32)
    return PAINTS | {"body": body, "shade": mix(body, (0, 0, 0), 0.24), "light": light}
