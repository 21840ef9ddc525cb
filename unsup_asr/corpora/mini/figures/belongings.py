"""Houses and things that people own."""

import numpy as np

from unsup_asr.corpora.mini.shapes import Shape, blob, ellipse, polygon, rectangle, star, stroke


def house() -> list[Shape]:
    """Walls, gable roof with chimney, door and windows."""
    chimney = rectangle("shade", 0.36, -0.9, 0.6, -0.3)
    walls = rectangle("body", -0.72, -0.1, 0.72, 1.0)
    roof = polygon("shade", (-1.0, 0.0), (0.0, -0.92), (1.0, 0.0))
    windows = [rectangle("glass", x, 0.2, x + 0.32, 0.52) for x in (-0.58, 0.26)]
    return [chimney, walls, roof, *windows, rectangle("wood", -0.16, 0.4, 0.16, 1.0)]


def ball() -> list[Shape]:
    """A round ball with a curved band."""
    band = blob("light", (-0.82, -0.22), (0.0, 0.02), (0.82, -0.22), (0.86, 0.1), (0.0, 0.34), (-0.86, 0.1))
    return [ellipse("body", 0, 0.06, 0.9, 0.9), band, ellipse("paper", -0.34, -0.46, 0.16, 0.11, -35)]


def hat() -> list[Shape]:
    """A wide brim and a tall crown with a band."""
    crown = polygon("body", (-0.5, 0.5), (-0.44, -0.6), (0.44, -0.6), (0.5, 0.5))
    band = polygon("paper", (-0.5, 0.42), (-0.48, 0.14), (0.48, 0.14), (0.5, 0.42))
    return [ellipse("shade", 0, 0.56, 1.0, 0.26), crown, ellipse("light", 0, -0.6, 0.44, 0.12), band]


def star_figure() -> list[Shape]:
    """Five tips, two of its facets darker."""
    facets = [
        polygon("shade", (0.0, 0.05), (0.0, -0.95), (0.25, -0.3)),
        polygon("shade", (0.0, 0.05), (0.6, 0.92), (0.4, 0.15)),
    ]
    return [star("body", 0, 0.05, 1.0, 0.44, 5), *facets]


def umbrella() -> list[Shape]:
    """An open canopy of three gores on a hooked stick."""
    stick = stroke("wood", 0.12, (0.0, -0.8), (0.0, 0.0), (0.0, 0.75), (0.16, 0.94), (0.32, 0.75))
    canopy = blob(
        "body",
        (-1.0, 0.06),
        (-0.72, -0.55),
        (0.0, -0.86),
        (0.72, -0.55),
        (1.0, 0.06),
        (0.66, -0.08),
        (0.33, 0.06),
        (0.0, -0.08),
        (-0.33, 0.06),
        (-0.66, -0.08),
    )
    gore = blob("light", (0.0, -0.82), (0.3, -0.4), (0.33, 0.04), (0.0, -0.08), (-0.33, 0.04), (-0.3, -0.4))
    return [stick, canopy, gore]


def kite() -> list[Shape]:
    """A diamond with a cross and a tail of bows."""
    tail = stroke("ink", 0.06, (-0.3, 0.3), (-0.62, 0.5), (-0.6, 0.8), (-0.95, 0.95))
    bows = [
        polygon(
            "shade", (x - 0.16, y - 0.12), (x + 0.16, y + 0.12), (x + 0.16, y - 0.12), (x - 0.16, y + 0.12)
        )
        for x, y in ((-0.58, 0.5), (-0.72, 0.84))
    ]
    sail = polygon("body", (0.75, -0.95), (0.9, 0.05), (-0.35, 0.4), (-0.15, -0.8))
    facets = [
        polygon("light", (0.75, -0.95), (0.3, -0.3), (-0.15, -0.8)),
        polygon("shade", (0.9, 0.05), (0.3, -0.3), (-0.35, 0.4)),
    ]
    return [tail, *bows, sail, *facets]


def chair() -> list[Shape]:
    """From the front: a back of two rails, a broad seat, four legs."""
    far_legs = [rectangle("shade", x, 0.3, x + 0.14, 0.82) for x in (-0.42, 0.28)]
    legs = [rectangle("body", x, 0.3, x + 0.2, 1.0) for x in (-0.76, 0.56)]
    posts = [rectangle("body", x, -1.0, x + 0.18, 0.2) for x in (-0.6, 0.42)]
    rails = [rectangle("body", -0.6, y, 0.6, y + 0.26) for y in (-0.94, -0.48)]
    seat = polygon("body", (-0.6, 0.04), (0.6, 0.04), (0.86, 0.4), (-0.86, 0.4))
    return [
        *far_legs,
        *legs,
        *posts,
        *rails,
        seat,
        polygon("light", (-0.5, 0.1), (0.5, 0.1), (0.6, 0.24), (-0.6, 0.24)),
    ]


def cup() -> list[Shape]:
    """A mug with a handle, steaming."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, 7)
    handle = stroke("body", 0.18, *((0.45 + 0.42 * np.cos(a), 0.32 + 0.34 * np.sin(a)) for a in angles))
    body = polygon("body", (-0.66, -0.26), (0.54, -0.26), (0.46, 0.96), (-0.56, 0.96))
    steam = [
        stroke("paper", 0.12, (x, -0.46), (x + 0.1, -0.62), (x - 0.06, -0.8), (x + 0.06, -0.98))
        for x in (-0.32, 0.14)
    ]
    return [
        handle,
        *steam,
        body,
        ellipse("shade", -0.06, -0.26, 0.6, 0.16),
        ellipse("wood", -0.06, -0.24, 0.46, 0.09),
    ]
