"""One drawing for each noun."""

from collections.abc import Callable

from unsup_asr.corpora.mini.figures import animals, belongings, living, vehicles
from unsup_asr.corpora.mini.shapes import Shape

_DRAWINGS: dict[str, Callable[[], list[Shape]]] = {
    "dog": animals.dog,
    "cat": animals.cat,
    "horse": animals.horse,
    "elephant": animals.elephant,
    "rabbit": animals.rabbit,
    "bird": animals.bird,
    "butterfly": animals.butterfly,
    "snake": animals.snake,
    "turtle": animals.turtle,
    "man": living.man,
    "woman": living.woman,
    "tree": living.tree,
    "flower": living.flower,
    "car": vehicles.car,
    "bus": vehicles.bus,
    "train": vehicles.train,
    "boat": vehicles.boat,
    "plane": vehicles.plane,
    "bicycle": vehicles.bicycle,
    "balloon": vehicles.balloon,
    "house": belongings.house,
    "ball": belongings.ball,
    "hat": belongings.hat,
    "star": belongings.star_figure,
    "umbrella": belongings.umbrella,
    "kite": belongings.kite,
    "chair": belongings.chair,
    "cup": belongings.cup,
}

FIGURES: dict[str, list[Shape]] = {noun: drawing() for noun, drawing in _DRAWINGS.items()}
"""The shapes of each noun, those at the back first."""
