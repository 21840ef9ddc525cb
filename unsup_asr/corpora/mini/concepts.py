"""What the generated world is made of: its concepts, each class in order of frequency, most frequent first.

A concept is an identifier, not a word: each language has its own words for it.
"""

import numpy as np

# fmt: off
NOUNS = (
    "dog", "man", "car", "cat", "woman", "tree", "bird", "ball", "horse", "house",
    "boat", "flower", "bicycle", "bus", "hat", "train", "elephant", "star", "umbrella", "rabbit",
    "plane", "balloon", "snake", "kite", "chair", "cup", "butterfly", "turtle",
)
# fmt: on
COLOURS = ("red", "black", "white", "blue", "green", "brown", "yellow", "pink", "purple")
SIZES = ("small", "big")
MEDIUM = "medium"
COUNTS = (1, 2, 3, 4, 5)
ACTIONS = ("running", "sleeping", "jumping", "flying", "floating", "falling", "shining")
RELATIONS = ("under", "above", "left_of", "right_of", "between", "around")
OPPOSITES = {"under": "above", "above": "under", "left_of": "right_of", "right_of": "left_of"}
PLACES = ("street", "beach", "field", "forest", "lake", "mountains", "desert")
WEATHERS = ("sunny", "night", "rainy", "snowy", "cloudy", "sunset")

PEOPLE = frozenset({"man", "woman"})
"""Their colour is that of their clothes, and no message states it."""


def zipf(count: int, exponent: float = 0.7) -> np.ndarray:
    """The weights of `count` ranked concepts, 1 / rank^exponent, summing to one; shape (count,)."""
    weights = np.power(np.arange(1.0, count + 1), -exponent)
    return np.asarray(weights / weights.sum())
