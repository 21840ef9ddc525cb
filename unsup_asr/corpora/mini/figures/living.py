"""People and plants."""

from unsup_asr.corpora.mini.shapes import Shape, blob, ellipse, polygon, rectangle, stroke


def _face(y: float) -> list[Shape]:
    eyes = [ellipse("eye", x, y, 0.055, 0.07) for x in (-0.13, 0.13)]
    return [*eyes, stroke("ink", 0.05, (-0.12, y + 0.16), (0.0, y + 0.21), (0.12, y + 0.16))]


def man() -> list[Shape]:
    """Shirt and trousers, arms and legs apart, short hair."""
    arms = [stroke("body", 0.22, (0.2 * s, -0.2), (0.55 * s, 0.0), (0.68 * s, 0.25)) for s in (-1, 1)]
    hands = [ellipse("skin", 0.7 * s, 0.32, 0.13, 0.13) for s in (-1, 1)]
    legs = [
        polygon("shade", (0.0, 0.25), (0.3 * s, 0.25), (0.46 * s, 0.95), (0.2 * s, 0.95)) for s in (-1, 1)
    ]
    shoes = [ellipse("ink", 0.36 * s, 0.93, 0.2, 0.08) for s in (-1, 1)]
    trunk = polygon("body", (-0.36, -0.34), (0.36, -0.34), (0.32, 0.4), (-0.32, 0.4))
    hair = ellipse("hair", 0, -0.75, 0.33, 0.25)
    head = ellipse("skin", 0, -0.62, 0.29, 0.3)
    return [*arms, *hands, *legs, *shoes, trunk, hair, head, *_face(-0.63)]


def woman() -> list[Shape]:
    """A wide dress and long hair."""
    hair = blob(
        "hair",
        (0.0, -1.0),
        (0.36, -0.85),
        (0.46, -0.4),
        (0.5, 0.0),
        (-0.5, 0.0),
        (-0.46, -0.4),
        (-0.36, -0.85),
    )
    arms = [stroke("skin", 0.17, (0.2 * s, -0.2), (0.5 * s, 0.05), (0.62 * s, 0.25)) for s in (-1, 1)]
    legs = [rectangle("skin", x, 0.7, x + 0.16, 0.95) for x in (-0.28, 0.12)]
    dress = polygon(
        "body", (-0.24, -0.32), (0.24, -0.32), (0.26, 0.1), (0.78, 0.82), (-0.78, 0.82), (-0.26, 0.1)
    )
    belt = rectangle("light", -0.28, 0.06, 0.28, 0.18)
    shoes = [ellipse("ink", 0.22 * s, 0.94, 0.15, 0.07) for s in (-1, 1)]
    return [hair, *arms, *legs, *shoes, dress, belt, ellipse("skin", 0, -0.6, 0.27, 0.3), *_face(-0.6)]


def tree() -> list[Shape]:
    """A trunk with a cloud of leaves."""
    trunk = polygon("wood", (-0.16, 0.2), (0.16, 0.2), (0.26, 1.0), (-0.26, 1.0))
    crown = [
        ellipse("body", x, y, r, r)
        for x, y, r in ((-0.42, -0.08, 0.44), (0.42, -0.08, 0.44), (0.0, -0.5, 0.48), (0, 0, 0.4))
    ]
    tufts = [ellipse("light", x, y, 0.14, 0.1) for x, y in ((-0.2, -0.66), (-0.55, -0.16), (0.34, -0.24))]
    return [trunk, *crown, *tufts, ellipse("shade", 0.2, 0.2, 0.3, 0.1)]


def flower() -> list[Shape]:
    """Six petals on a leafy stem."""
    stem = stroke("leaf", 0.15, (0.0, 0.0), (0.04, 0.5), (0.0, 1.0))
    leaves = [ellipse("leaf", 0.32 * s, 0.66, 0.32, 0.14, -30 * s) for s in (-1, 1)]
    petals = [
        ellipse("body", 0.4 * x, -0.38 + 0.4 * y, 0.27, 0.27)
        for x, y in ((1, 0), (0.5, 0.87), (-0.5, 0.87), (-1, 0), (-0.5, -0.87), (0.5, -0.87))
    ]
    return [
        stem,
        *leaves,
        *petals,
        ellipse("ray", 0, -0.38, 0.24, 0.24),
        ellipse("wood", 0, -0.38, 0.12, 0.12),
    ]
