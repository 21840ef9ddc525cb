"""The errors a user can mend."""


class InputError(ValueError):
    """What was given cannot be used.

    Args:
        what: the fault, with the bound and the value.
        where: file, line or id it was found at.
        remedy: what to do next.
    """

    def __init__(self, what: str, *, where: object = None, remedy: str | None = None) -> None:
        self.what, self.where, self.remedy = what, where, remedy
        place = f"{where}: " if where is not None else ""
        advice = f" ({remedy})" if remedy else ""
        super().__init__(f"{place}{what}{advice}")


class UsageError(InputError):
    """The command was called in a way it does not take; the command line exits with status 2."""
