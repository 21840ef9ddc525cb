"""How an action shows: for each, a device that works with whatever does it, as in comics."""

from dataclasses import dataclass

from unsup_asr.corpora.mini.shapes import Shape, blob, ellipse, rectangle, star, stroke


@dataclass(frozen=True)
class Device:
    """What an action adds to a figure. Lengths are in sides of the figure's square.

    Args:
        room: width and height of the cell that figure and device fill together.
        shift: from the cell's centre to the figure's.
        turn: how far the figure is turned clockwise, in degrees.
        lays_down: whether people are laid on their backs.
        behind, before: shapes drawn before and after the figure, in its square, not turned with it.
        shadow: how far below the figure's feet its shadow falls; None if it casts none.
    """

    room: tuple[float, float] = (1.03, 1.03)
    shift: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    lays_down: bool = False
    behind: tuple[Shape, ...] = ()
    before: tuple[Shape, ...] = ()
    shadow: float | None = 0.0


def _running() -> Device:
    """Streaks and dust behind."""
    streaks = [rectangle("paper", left, y, -1.0, y + 0.22) for left, y in ((-1.55, -0.6), (-1.8, -0.05))]
    dust = [
        ellipse("dust", x, 0.82, radius, radius * 0.8)
        for x, radius in ((-1.58, 0.18), (-1.25, 0.26), (-0.95, 0.2))
    ]
    return Device(room=(1.46, 1.03), shift=(0.19, 0), turn=6, behind=(*streaks, *dust))


def _jumping() -> Device:
    """High above its shadow, on springs."""
    bends = ((0.1, 1.02), (0.3, 1.18), (-0.1, 1.32), (0.3, 1.46), (-0.1, 1.6), (0.1, 1.74))
    springs = [stroke("ray", 0.15, *((s * 0.5 + x, y) for x, y in bends)) for s in (-1, 1)]
    return Device(room=(1.1, 1.5), shift=(0, -0.2), turn=-6, behind=tuple(springs), shadow=0.38)


def _sleeping() -> Device:
    """On a bed, dreaming."""
    bed = rectangle("blanket", -1.15, 0.9, 1.15, 1.2)
    legs = [rectangle("wood", x, 1.2, x + 0.22, 1.42) for x in (-1.15, 0.93)]
    board = rectangle("wood", 1.05, 0.25, 1.28, 1.42)
    pillow = ellipse("pillow", 0.76, 0.8, 0.32, 0.2)
    dreams = [
        ellipse("pillow", x, y, r, r)
        for x, y, r in ((0.98, -0.75, 0.12), (1.08, -1.08, 0.17), (0.72, -1.36, 0.28))
    ]
    return Device(
        room=(1.32, 1.58),
        shift=(-0.02, 0.1),
        lays_down=True,
        behind=(board, pillow),
        before=(bed, *legs, *dreams),
        shadow=0.2,
    )


def _flying() -> Device:
    """On a pair of feathered wings."""
    feathers = (
        (0.3, 0.15),
        (0.6, -0.65),
        (1.2, -1.0),
        (1.6, -0.75),
        (1.45, -0.45),
        (1.5, -0.15),
        (1.25, 0.0),
        (1.2, 0.3),
        (0.7, 0.35),
    )
    wings = [blob("wing", *((s * x, y) for x, y in feathers)) for s in (-1, 1)]
    quills = [
        stroke("metal", 0.06, (s * 0.95, y), (s * 1.35, y - 0.2)) for s in (-1, 1) for y in (-0.35, 0.0)
    ]
    return Device(room=(1.66, 1.1), behind=(*wings, *quills), shadow=None)


def _floating() -> Device:
    """Up to the waist in a pool of waves."""
    crests = [(-1.25 + 0.25 * step, 0.45 if step % 2 else 0.62) for step in range(11)]
    pool = blob("water", *crests, (1.3, 0.95), (0.7, 1.18), (-0.7, 1.18), (-1.3, 0.95))
    foam = [
        stroke("foam", 0.1, (x, y), (x + 0.22, y + 0.1), (x + 0.5, y))
        for x, y in ((-0.95, 0.74), (0.4, 0.74), (-0.3, 0.94))
    ]
    return Device(room=(1.34, 1.14), shift=(0, -0.04), turn=-6, before=(pool, *foam), shadow=None)


def _falling() -> Device:
    """Aslant, streaks above."""
    streaks = [
        rectangle("paper", x - 0.1, top, x + 0.1, top + 0.8)
        for x, top in ((-0.6, -1.6), (0.0, -1.8), (0.6, -1.6))
    ]
    return Device(room=(1.16, 1.46), shift=(0, 0.18), turn=35, behind=tuple(streaks), shadow=None)


def _shining() -> Device:
    """Before a burst of rays."""
    return Device(room=(1.5, 1.5), behind=(star("ray", 0, 0, 1.45, 0.95, 12),), shadow=None)


DEVICES: dict[str | None, Device] = {
    None: Device(),
    "running": _running(),
    "jumping": _jumping(),
    "sleeping": _sleeping(),
    "flying": _flying(),
    "floating": _floating(),
    "falling": _falling(),
    "shining": _shining(),
}
"""The device of each action; None is that of standing there."""
