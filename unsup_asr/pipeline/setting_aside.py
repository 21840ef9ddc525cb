"""Utterances that cannot be used: left out with their reason, so that nobody else is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from unsup_asr.errors import UsageError

Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True)
class SetAside:
    """An utterance that could not be used, and why."""

    id: str
    reason: str


def attempt(make: Callable[[Given], Made], given: Given) -> Made | str:
    """What was made, or why nothing could be: one bad file does not lose the others."""
    try:
        return make(given)
    except UsageError:
        raise
    except ValueError as error:  # InputError and SegmentationError, each naming file and remedy
        return str(error)
