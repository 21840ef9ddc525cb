"""The names of segmenters, and what each needs."""

from unsup_asr.errors import UsageError

GOLD, RECOGNISED, BOUNDARY_HEAD = "gold", "recognised", "boundary_head"
# Not a method: a run chooses one.
AUTO = "auto"
# They need a rate of words and nothing else.
STATELESS = ("energy", "uniform")
# They learn from unlabelled speech before they cut any.
FITTED = ("gradseg", "eskmeans", "unit_words")
# They are trained elsewhere and come in a folder.
TRAINED = (BOUNDARY_HEAD, RECOGNISED, "vg_hubert")
# Of these, those that a run can train for itself.
OWN = (BOUNDARY_HEAD, "vg_hubert")
# They hear what a speech encoder makes of speech.
ON_FRAMES = ("prominence", *FITTED, BOUNDARY_HEAD, RECOGNISED)

METHODS = (GOLD, *STATELESS, "prominence", *FITTED, *TRAINED)


def check_method(name: str, where: str = "segmenter") -> None:
    """Refuse a name that no method has.

    Args:
        name: the method's.
        where: what asked for it.

    Raises:
        UsageError: naming those there are.
    """
    if name == AUTO:
        fault = "is no segmenter: a run chooses one by its own training speech"
        raise UsageError(f"{AUTO} {fault}", where=where, remedy=f"choose from {', '.join(METHODS)}")
    if name not in METHODS:
        fault, remedy = f"there is no segmenter {name!r}", f"choose from {', '.join(METHODS)}"
        raise UsageError(fault, where=where, remedy=remedy)
