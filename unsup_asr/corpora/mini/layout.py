"""Where each thing of a scene stands in the unit square: none hides another, and the relation shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from unsup_asr.corpora.mini.actions import DEVICES
from unsup_asr.errors import InputError

if TYPE_CHECKING:
    from unsup_asr.corpora.mini.scene import Scene, Thing

SIDES = {"small": 0.22, "medium": 0.33, "big": 0.48}
"""Side of the square that a figure fills, as a share of the picture's."""

_ROOM = 0.99
_GAP = 0.03
_ROWS = {1: ((1,),), 2: ((2,), (1, 1)), 3: ((2, 1), (1, 2), (3,)), 4: ((2, 2),), 5: ((3, 2), (2, 3))}
_CORNERS = {3: ((0.5, 0.0), (0.0, 1.0), (1.0, 1.0)), 4: ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))}


@dataclass(frozen=True)
class Spot:
    """The cell of one figure.

    Args:
        thing: the group it belongs to.
        x, y: the cell's centre, from the upper left corner of the picture, whose side is 1.
        side: side of the figure's square.
    """

    thing: Thing
    x: float
    y: float
    side: float


@dataclass(frozen=True)
class _Block:
    """Cells of one group: their centres from the block's own, shape (count, 2), and their extent, (2,)."""

    thing: Thing
    centres: np.ndarray
    extent: np.ndarray


def fits(things: tuple[Thing, ...], relation: str | None) -> bool:
    """Whether the things find room in the picture side by side."""
    return next(_plans(things, relation), None) is not None


def arrange(scene: Scene, rng: np.random.Generator) -> list[Spot]:
    """Choose one of the arrangements that show the scene's relation, at random within the room there is.

    Raises:
        InputError: the things do not fit the picture; see `fits`.
    """
    plans = list(_plans(scene.things, scene.relation))
    if not plans:
        raise InputError(
            "the things find no room in the picture", where=scene, remedy="fewer or smaller ones"
        )
    blocks = plans[int(rng.integers(len(plans)))]
    if scene.relation == "around":
        return _surround(*blocks)
    return _line_up(blocks, _axis(scene.relation), rng)


def _plans(things: tuple[Thing, ...], relation: str | None) -> Iterator[list[_Block]]:
    """All sequences of blocks, from left to right or from top to bottom, that fit the picture."""
    if relation == "around":
        ring, middle = (_block(thing, (1,)) for thing in things)
        if _ring_fits(ring, middle, things[0].count):
            yield [ring, middle]
        return
    axis = _axis(relation)
    groups = things[:1] if relation == "between" else things
    for rows in product(*(_ROWS[thing.count] for thing in groups)):
        blocks = [_block(thing, row) for thing, row in zip(groups, rows, strict=True)]
        if relation in ("right_of", "under"):
            blocks = blocks[::-1]
        elif relation == "between":
            post = _block(things[1], (1,))
            blocks = [post, *blocks, post]
        if _line_fits(blocks, axis):
            yield blocks


def _axis(relation: str | None) -> int:
    """Along which axis the blocks stand: 0 from left to right, 1 from top to bottom."""
    return 1 if relation in ("above", "under") else 0


def _block(thing: Thing, rows: tuple[int, ...]) -> _Block:
    """Set a group's cells in centred rows of the given lengths."""
    room = DEVICES[thing.action].room
    cell = SIDES[thing.size] * np.array(room)
    centres = [
        ((column - (length - 1) / 2) * cell[0], (row - (len(rows) - 1) / 2) * cell[1])
        for row, length in enumerate(rows)
        for column in range(length)
    ]
    return _Block(thing, np.array(centres), cell * (max(rows), len(rows)))


def _line_fits(blocks: list[_Block], axis: int) -> bool:
    along = sum(block.extent[axis] for block in blocks) + _GAP * (len(blocks) - 1)
    across = max(block.extent[1 - axis] for block in blocks)
    return bool(along <= _ROOM and across <= _ROOM)


def _ring_fits(ring: _Block, middle: _Block, count: int) -> bool:
    """Whether the cells of a ring, in the corners or, of three, at the top, stay clear of the middle one."""
    free = _ROOM / 2 - ring.extent - middle.extent / 2
    return bool(free[1] >= 0 and (count == 4 or ring.extent[0] <= _ROOM / 2) and (free.max() >= 0))


def _line_up(blocks: list[_Block], axis: int, rng: np.random.Generator) -> list[Spot]:
    """Set blocks along an axis (0 left to right, 1 top to bottom), the slack shared out at random."""
    slack = _ROOM - sum(block.extent[axis] for block in blocks) - _GAP * (len(blocks) - 1)
    shares = rng.dirichlet(np.full(len(blocks) + 1, 4.0)) * slack
    cursor = (1 - _ROOM) / 2 + shares[0]
    spots = []
    across = 0.5 + rng.uniform(-0.5, 0.5) * min(_ROOM - max(block.extent[1 - axis] for block in blocks), 0.5)
    for block, share in zip(blocks, shares[1:], strict=True):
        centre = np.full(2, across)
        centre[axis] = cursor + block.extent[axis] / 2
        spots += [_spot(block.thing, *(centre + offset)) for offset in block.centres]
        cursor += block.extent[axis] + _GAP + share
    return spots


def _surround(ring: _Block, middle: _Block) -> list[Spot]:
    """Set one thing in the middle of the picture and the others on all sides of it."""
    low, high = (1 - _ROOM) / 2 + ring.extent / 2, (1 + _ROOM) / 2 - ring.extent / 2
    corners = low + (high - low) * np.array(_CORNERS[ring.thing.count])
    return [_spot(middle.thing, 0.5, 0.5), *(_spot(ring.thing, *corner) for corner in corners)]


def _spot(thing: Thing, x: float, y: float) -> Spot:
    return Spot(thing, float(x), float(y), SIDES[thing.size])
