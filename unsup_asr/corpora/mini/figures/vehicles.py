"""What carries people."""

import numpy as np

from unsup_asr.corpora.mini.shapes import Shape, blob, ellipse, polygon, rectangle, stroke


def _wheel(x: float, y: float, radius: float) -> list[Shape]:
    return [ellipse("rubber", x, y, radius, radius), ellipse("metal", x, y, radius * 0.5, radius * 0.5)]


def car() -> list[Shape]:
    """A low body with a rounded cabin."""
    cabin = blob("body", (-0.62, 0.2), (-0.4, -0.32), (0.0, -0.42), (0.35, -0.3), (0.62, 0.2))
    panes = [
        polygon("glass", (-0.46, 0.1), (-0.32, -0.22), (-0.05, -0.28), (-0.05, 0.1)),
        polygon("glass", (0.06, 0.1), (0.06, -0.28), (0.27, -0.2), (0.46, 0.1)),
    ]
    body = blob(
        "body",
        (-0.98, 0.55),
        (-0.94, 0.2),
        (-0.6, 0.1),
        (0.6, 0.1),
        (0.95, 0.25),
        (1.0, 0.55),
        (0.8, 0.68),
        (-0.8, 0.68),
    )
    lamps = [ellipse("ray", 0.9, 0.36, 0.09, 0.1)]
    return [
        cabin,
        *panes,
        body,
        rectangle("shade", -0.95, 0.52, 0.97, 0.64),
        *lamps,
        *_wheel(-0.52, 0.7, 0.29),
        *_wheel(0.52, 0.7, 0.29),
    ]


def bus() -> list[Shape]:
    """A tall box with a row of windows."""
    body = blob(
        "body",
        (-0.98, -0.5),
        (-0.9, -0.66),
        (0.0, -0.68),
        (0.88, -0.66),
        (0.98, -0.5),
        (1.0, 0.0),
        (0.98, 0.7),
        (0.0, 0.74),
        (-0.98, 0.7),
        (-1.0, 0.0),
    )
    panes = [rectangle("glass", x, -0.46, x + 0.36, -0.02) for x in (-0.84, -0.42, 0.0)]
    door = rectangle("glass", 0.5, -0.46, 0.82, 0.6)
    return [
        body,
        *panes,
        door,
        rectangle("shade", -0.96, 0.2, 0.44, 0.36),
        *_wheel(-0.55, 0.74, 0.26),
        *_wheel(0.3, 0.74, 0.26),
    ]


def train() -> list[Shape]:
    """A steam engine: boiler, cab, chimney with smoke."""
    smoke = [
        ellipse("dust", x, y, r, r)
        for x, y, r in ((0.55, -0.72, 0.16), (0.3, -0.82, 0.18), (0.02, -0.8, 0.14))
    ]
    chimney = polygon("rubber", (0.42, -0.1), (0.36, -0.56), (0.78, -0.56), (0.72, -0.1))
    boiler = blob("body", (-0.4, -0.18), (0.5, -0.18), (0.85, -0.1), (0.94, 0.15), (0.85, 0.42), (-0.4, 0.45))
    cab = rectangle("body", -0.92, -0.56, -0.28, 0.5)
    roof = rectangle("shade", -1.0, -0.7, -0.2, -0.52)
    catcher = polygon("metal", (0.6, 0.5), (0.8, 0.5), (1.0, 0.98), (0.6, 0.98))
    bed = rectangle("shade", -0.95, 0.42, 0.9, 0.6)
    wheels = [part for x, r in ((-0.62, 0.32), (0.06, 0.24), (0.52, 0.24)) for part in _wheel(x, 1.0 - r, r)]
    return [
        *smoke,
        chimney,
        boiler,
        cab,
        roof,
        rectangle("glass", -0.76, -0.4, -0.44, -0.06),
        catcher,
        bed,
        *wheels,
    ]


def boat() -> list[Shape]:
    """A sailing boat; hull and main sail have its colour."""
    mast = rectangle("wood", -0.08, -0.98, 0.04, 0.4)
    main = polygon("body", (0.06, -0.9), (0.8, 0.26), (0.06, 0.26))
    jib = polygon("light", (-0.12, -0.7), (-0.12, 0.26), (-0.66, 0.26))
    hull = polygon("body", (-1.0, 0.38), (1.0, 0.38), (0.68, 0.95), (-0.64, 0.95))
    return [mast, main, jib, hull, polygon("shade", (-0.86, 0.66), (0.84, 0.66), (0.68, 0.95), (-0.64, 0.95))]


def plane() -> list[Shape]:
    """From the side, climbing: fin, swept wing, row of windows."""
    far_wing = polygon("shade", (-0.05, -0.05), (0.22, -0.1), (-0.1, -0.68), (-0.3, -0.68))
    fin = polygon("shade", (-0.92, -0.05), (-1.0, -0.62), (-0.74, -0.62), (-0.5, -0.05))
    body = blob(
        "body",
        (-0.96, -0.1),
        (-0.3, -0.22),
        (0.5, -0.22),
        (0.86, -0.1),
        (1.0, 0.08),
        (0.86, 0.2),
        (0.3, 0.26),
        (-0.5, 0.18),
    )
    panes = [ellipse("glass", x, -0.06, 0.07, 0.07) for x in (-0.45, -0.2, 0.05, 0.3)]
    wing = polygon("shade", (-0.18, 0.1), (0.28, 0.1), (-0.24, 0.84), (-0.5, 0.84))
    cockpit = polygon("glass", (0.6, -0.16), (0.78, -0.12), (0.9, 0.02), (0.6, 0.02))
    return [far_wing, fin, body, *panes, cockpit, wing]


def bicycle() -> list[Shape]:
    """Two wheels, a thick coloured frame."""
    angles = np.linspace(0, 2 * np.pi, 13)
    rims = [
        stroke("body", 0.17, *((x + 0.38 * np.cos(a), 0.54 + 0.38 * np.sin(a)) for a in angles))
        for x in (-0.54, 0.54)
    ]
    frame = [
        stroke("body", 0.15, *line)
        for line in (
            ((-0.54, 0.54), (-0.2, -0.1)),
            ((-0.2, -0.1), (0.36, -0.1)),
            ((0.36, -0.1), (0.0, 0.54)),
            ((0.0, 0.54), (-0.54, 0.54)),
            ((0.54, 0.54), (0.3, -0.4)),
            ((0.0, 0.54), (-0.28, -0.3)),
        )
    ]
    saddle = ellipse("rubber", -0.3, -0.34, 0.24, 0.1)
    bars = stroke("rubber", 0.13, (0.18, -0.5), (0.4, -0.48), (0.56, -0.3))
    return [*rims, *frame, saddle, bars]


def balloon() -> list[Shape]:
    """A toy balloon on its string."""
    string = stroke("ink", 0.07, (0.0, 0.45), (0.14, 0.62), (-0.1, 0.8), (0.06, 1.0))
    knot = polygon("shade", (0.0, 0.28), (0.17, 0.5), (-0.17, 0.5))
    skin = blob(
        "body",
        (0.0, -1.0),
        (0.5, -0.82),
        (0.66, -0.38),
        (0.42, 0.12),
        (0.0, 0.36),
        (-0.42, 0.12),
        (-0.66, -0.38),
        (-0.5, -0.82),
    )
    return [string, knot, skin, ellipse("light", -0.28, -0.58, 0.13, 0.22, 25)]
