"""Animals, seen from the side or from the front, whichever tells them apart better."""

from unsup_asr.corpora.mini.shapes import Shape, blob, ellipse, polygon, rectangle, stroke


def _eye(x: float, y: float, size: float = 0.13) -> list[Shape]:
    return [ellipse("paper", x, y, size, size), ellipse("eye", x + size * 0.2, y, size * 0.62, size * 0.62)]


def dog() -> list[Shape]:
    """From the side: hanging ear, long muzzle, raised tail."""
    far_legs = [rectangle("shade", x, 0.3, x + 0.2, 1.0) for x in (-0.5, 0.3)]
    tail = stroke("body", 0.18, (-0.7, 0.05), (-0.92, -0.2), (-0.92, -0.55))
    body = blob(
        "body", (-0.8, 0.0), (-0.3, -0.12), (0.3, -0.16), (0.62, 0.1), (0.55, 0.5), (0.0, 0.55), (-0.65, 0.55)
    )
    near_legs = [rectangle("body", x, 0.3, x + 0.22, 1.0) for x in (-0.78, 0.06 + 0.42)]
    head = blob(
        "body",
        (0.2, -0.4),
        (0.25, -0.78),
        (0.55, -0.85),
        (0.75, -0.6),
        (1.0, -0.5),
        (1.0, -0.25),
        (0.7, -0.16),
        (0.5, 0.1),
        (0.25, 0.0),
    )
    ear = blob("shade", (0.18, -0.85), (0.4, -0.75), (0.42, -0.3), (0.25, -0.02), (0.08, -0.3))
    nose = ellipse("ink", 0.96, -0.45, 0.1, 0.09)
    return [*far_legs, tail, body, *near_legs, head, ear, nose, *_eye(0.6, -0.55)]


def cat() -> list[Shape]:
    """Sitting, from the front: pointed ears, whiskers, curled tail."""
    tail = stroke("body", 0.2, (0.4, 0.85), (0.85, 0.75), (0.9, 0.3), (0.68, 0.02), (0.85, -0.2))
    body = blob(
        "body", (0.0, -0.15), (0.38, 0.1), (0.55, 0.7), (0.4, 1.0), (-0.4, 1.0), (-0.55, 0.7), (-0.38, 0.1)
    )
    ears = [polygon("body", (0.08 * s, -0.7), (0.6 * s, -1.0), (0.56 * s, -0.4)) for s in (-1, 1)]
    inner = [polygon("shade", (0.26 * s, -0.72), (0.52 * s, -0.86), (0.5 * s, -0.58)) for s in (-1, 1)]
    head = ellipse("body", 0, -0.38, 0.58, 0.44)
    belly = ellipse("light", 0, 0.62, 0.24, 0.32)
    whiskers = [stroke("ink", 0.05, (0.2 * s, -0.24), (0.78 * s, y)) for s in (-1, 1) for y in (-0.34, -0.14)]
    nose = polygon("ink", (-0.09, -0.3), (0.09, -0.3), (0.0, -0.19))
    return [tail, body, *ears, *inner, head, belly, *whiskers, nose, *_eye(-0.24, -0.46), *_eye(0.24, -0.46)]


def horse() -> list[Shape]:
    """From the side: long neck and legs, mane, flowing tail."""
    far_legs = [rectangle("shade", x, 0.1, x + 0.14, 1.0) for x in (-0.48, 0.22)]
    tail = blob("shade", (-0.62, -0.1), (-0.88, 0.0), (-1.0, 0.55), (-0.82, 0.6), (-0.72, 0.2))
    body = blob(
        "body", (-0.7, -0.1), (-0.3, -0.14), (0.2, -0.12), (0.5, -0.1), (0.5, 0.28), (0.1, 0.34), (-0.6, 0.34)
    )
    near_legs = [rectangle("body", x, 0.2, x + 0.16, 1.0) for x in (-0.7, 0.36)]
    hooves = [rectangle("ink", x, 0.88, x + 0.17, 1.0) for x in (-0.7, -0.48, 0.22, 0.36)]
    neck = polygon("body", (0.1, 0.05), (0.32, -0.75), (0.62, -0.8), (0.62, -0.45), (0.55, 0.2))
    head = blob("body", (0.4, -0.92), (0.6, -0.85), (0.95, -0.5), (0.92, -0.3), (0.72, -0.3), (0.5, -0.48))
    mane = blob(
        "shade",
        (0.42, -1.0),
        (0.5, -0.86),
        (0.32, -0.4),
        (0.14, 0.0),
        (0.0, -0.12),
        (0.1, -0.5),
        (0.24, -0.84),
    )
    ear = polygon("body", (0.44, -0.85), (0.5, -1.0), (0.6, -0.84))
    return [*far_legs, tail, body, *near_legs, *hooves, neck, head, mane, ear, *_eye(0.63, -0.66, 0.1)]


def elephant() -> list[Shape]:
    """From the side: trunk, large ear, pillar legs."""
    far_legs = [rectangle("shade", x, 0.4, x + 0.26, 1.0) for x in (-0.48, 0.12)]
    tail = stroke("shade", 0.09, (-0.85, 0.0), (-0.98, 0.25), (-0.94, 0.5))
    body = blob(
        "body",
        (-0.9, 0.1),
        (-0.7, -0.5),
        (-0.1, -0.66),
        (0.4, -0.45),
        (0.5, 0.2),
        (0.3, 0.6),
        (-0.4, 0.62),
        (-0.85, 0.5),
    )
    near_legs = [rectangle("body", x, 0.3, x + 0.3, 1.0) for x in (-0.85, 0.22)]
    head = ellipse("body", 0.5, -0.36, 0.38, 0.4)
    trunk = stroke("body", 0.24, (0.74, -0.3), (0.86, 0.1), (0.8, 0.5), (0.98, 0.66))
    ear = blob("shade", (0.38, -0.7), (0.42, -0.2), (0.2, 0.16), (-0.12, 0.0), (-0.14, -0.45), (0.1, -0.75))
    tusk = polygon("paper", (0.6, -0.06), (0.72, -0.06), (0.98, 0.16))
    return [*far_legs, tail, body, *near_legs, trunk, head, ear, tusk, *_eye(0.64, -0.48, 0.1)]


def rabbit() -> list[Shape]:
    """Sitting, from the front: two long upright ears."""
    ears = [ellipse("body", 0.26 * s, -0.6, 0.19, 0.46, 10 * s) for s in (-1, 1)]
    inner = [ellipse("light", 0.26 * s, -0.58, 0.09, 0.3, 10 * s) for s in (-1, 1)]
    body = ellipse("body", 0, 0.6, 0.5, 0.4)
    feet = [ellipse("shade", 0.32 * s, 0.9, 0.26, 0.11) for s in (-1, 1)]
    head = ellipse("body", 0, 0.06, 0.46, 0.38)
    teeth = rectangle("paper", -0.1, 0.22, 0.1, 0.38)
    nose = ellipse("ink", 0, 0.14, 0.09, 0.06)
    return [*ears, *inner, body, *feet, head, teeth, nose, *_eye(-0.2, -0.02), *_eye(0.2, -0.02)]


def bird() -> list[Shape]:
    """From the side: beak, round breast, folded wing, two thin legs."""
    legs = [stroke("ink", 0.09, (x, 0.5), (x, 0.95), (x + 0.18, 0.97)) for x in (-0.08, 0.2)]
    tail = polygon("shade", (-0.4, 0.0), (-1.0, -0.28), (-0.95, 0.22))
    body = blob(
        "body",
        (-0.6, 0.05),
        (-0.1, -0.2),
        (0.15, -0.68),
        (0.5, -0.8),
        (0.74, -0.5),
        (0.62, 0.1),
        (0.3, 0.6),
        (-0.2, 0.6),
    )
    wing = blob("shade", (-0.6, -0.05), (0.05, -0.1), (0.28, 0.15), (0.0, 0.4), (-0.4, 0.34))
    beak = polygon("ray", (0.7, -0.62), (1.0, -0.46), (0.7, -0.32))
    return [*legs, tail, body, wing, beak, *_eye(0.5, -0.52, 0.12)]


def butterfly() -> list[Shape]:
    """From above: four wings with spots, feelers."""
    upper = [
        blob(
            "body",
            (0.05 * s, 0.0),
            (0.3 * s, -0.7),
            (0.8 * s, -0.9),
            (0.98 * s, -0.5),
            (0.75 * s, 0.0),
            (0.3 * s, 0.12),
        )
        for s in (-1, 1)
    ]
    lower = [
        blob("shade", (0.05 * s, 0.05), (0.5 * s, 0.1), (0.8 * s, 0.4), (0.6 * s, 0.85), (0.25 * s, 0.7))
        for s in (-1, 1)
    ]
    spots = [ellipse("light", 0.62 * s, -0.45, 0.17, 0.17) for s in (-1, 1)]
    feelers = [stroke("ink", 0.06, (0, -0.5), (0.1 * s, -0.8), (0.25 * s, -0.98)) for s in (-1, 1)]
    return [*lower, *upper, *spots, *feelers, ellipse("ink", 0, 0.02, 0.1, 0.58)]


def snake() -> list[Shape]:
    """A winding body with raised head and tongue."""
    body = stroke(
        "body",
        0.27,
        (-0.95, 0.6),
        (-0.65, 0.84),
        (-0.35, 0.6),
        (-0.05, 0.32),
        (0.22, 0.6),
        (0.5, 0.8),
        (0.62, 0.4),
        (0.42, 0.0),
        (0.5, -0.3),
    )
    bands = [
        ellipse("light", x, y, 0.09, 0.09)
        for x, y in ((-0.64, 0.82), (-0.36, 0.6), (-0.04, 0.36), (0.22, 0.6), (0.5, 0.78), (0.58, 0.34))
    ]
    tongue = stroke("tongue", 0.08, (0.75, -0.4), (1.0, -0.34))
    head = ellipse("body", 0.58, -0.44, 0.32, 0.22)
    return [body, *bands, tongue, head, *_eye(0.64, -0.52, 0.11)]


def turtle() -> list[Shape]:
    """From the side: domed shell, short legs, low head."""
    legs = [ellipse("light", x, 0.82, 0.17, 0.2) for x in (-0.52, 0.34)]
    tail = polygon("light", (-0.75, 0.55), (-1.0, 0.74), (-0.7, 0.74))
    head = blob("light", (0.5, 0.5), (0.68, 0.1), (0.9, 0.05), (1.0, 0.25), (0.85, 0.45), (0.65, 0.72))
    shell = blob("body", (-0.85, 0.66), (-0.65, 0.1), (-0.1, -0.2), (0.45, 0.1), (0.66, 0.66), (-0.1, 0.76))
    plates = [
        ellipse("shade", x, y, 0.16, 0.15)
        for x, y in ((-0.42, 0.35), (-0.08, 0.12), (0.26, 0.35), (-0.08, 0.52))
    ]
    return [*legs, tail, head, shell, *plates, *_eye(0.84, 0.22, 0.1)]
