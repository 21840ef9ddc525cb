"""The errors a user of the library can mend."""


class LanguageModelError(ValueError):
    """A text or a model cannot be used.

    Args:
        what: the fault, with the bound and the value.
        where: file, line or sentence it was found at.
        remedy: what to do next.
    """

    def __init__(self, what: str, *, where: object = None, remedy: str | None = None) -> None:
        self.what, self.where, self.remedy = what, where, remedy
        place = f"{where}: " if where is not None else ""
        advice = f" ({remedy})" if remedy else ""
        super().__init__(f"{place}{what}{advice}")
