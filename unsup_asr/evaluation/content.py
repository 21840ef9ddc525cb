"""Content words: those that are not among a fixed list of English function words."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from unsup_asr.data.captions import normalise


@cache
def function_words() -> frozenset[str]:
    """The list in `function_words.txt`, normalised as captions are."""
    text = files("unsup_asr.evaluation").joinpath("function_words.txt").read_text(encoding="utf-8")
    return frozenset(normalise(text))


def content_words(vocabulary_words: Iterable[str]) -> frozenset[str]:
    """The words of a vocabulary that carry content; fix the list before training."""
    return frozenset(vocabulary_words) - function_words() - {""}
