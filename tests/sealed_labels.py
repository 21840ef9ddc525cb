"""Labels under seal: whoever reads one before learning is over ends the program."""

from collections.abc import Callable, Iterable
from typing import Any

from unsup_asr.data.manifest import Utterance, Word
from unsup_asr.pipeline import run

# Fields that may be sealed: of an utterance, and of a word with its times.
_OWNERS = {"text": Utterance, "translations": Utterance, "words": Utterance, "word": Word}


class LabelRead(Exception):
    """A label was read that is under seal."""


class _Seal:
    """Stands before fields of dataclasses with slots, until it is broken."""

    def __init__(self) -> None:
        self.whole = True

    def put_on(self, owner: type, field: str) -> None:
        """Let nobody read a field while the seal is whole; writing goes on."""
        slot = getattr(owner, field)

        def read(item: object) -> Any:
            if self.whole:
                raise LabelRead(f"{owner.__name__}.{field} was read before learning was over")
            return slot.__get__(item)

        setattr(owner, field, property(read, slot.__set__))

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, before which the seal is broken."""

        def opened(*args: Any, **more: Any) -> Any:
            self.whole = False
            return function(*args, **more)

        return opened


def seal_labels(fields: Iterable[str]) -> None:
    """Seal `text`, `translations`, `words` or `word` in this process, for good; scoring breaks the seal."""
    seal = _Seal()
    for field in fields:
        seal.put_on(_OWNERS[field], field)
    run._score = seal.before(run._score)
