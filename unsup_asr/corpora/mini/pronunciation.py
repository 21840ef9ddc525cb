"""How words sound, by espeak-ng's rules of American English."""

import importlib.util
import os
from collections.abc import Iterable

from unsup_asr.corpora.mini.engine import Engine
from unsup_asr.corpora.mini.speech import is_plain

_VOICE, _RATE, _PITCH = "en-us", 300, 50
# Words that are said in one go.
_AT_ONCE = 200


def can_pronounce() -> bool:
    """Whether espeak-ng is installed (extra `mini`), on a system that it runs on here."""
    return importlib.util.find_spec("espeakng_loader") is not None and hasattr(os, "fork")


def pronunciations(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The phonemes of each word said alone, without stress; words with other signs than letters are left out.

    Raises:
        InputError: the extra `mini` is not installed.
    """
    plain = sorted({word for word in words if is_plain(word)})
    found: dict[str, tuple[str, ...]] = {}
    with Engine() as engine:
        for first in range(0, len(plain), _AT_ONCE):
            said = tuple(plain[first : first + _AT_ONCE])
            found.update(zip(said, engine.say(said, _VOICE, _RATE, _PITCH).alone, strict=True))
    return found
