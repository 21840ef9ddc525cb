"""Descriptions in several languages: one world, and speakers who have never met."""

from itertools import combinations

import pytest

from unsup_asr.corpora.mini.description import describe
from unsup_asr.errors import InputError

LANGUAGES = ("en", "hi", "ja")


def test_scenes_are_shared_and_messages_are_not() -> None:
    told = {language: [describe(0, "test", k, language)[0] for k in range(60)] for language in LANGUAGES}
    for one, other in combinations(LANGUAGES, 2):
        pairs = list(zip(told[one], told[other], strict=True))
        assert all(a.scene == b.scene for a, b in pairs)
        assert sum(a.message != b.message for a, b in pairs) > 0
    assert told["hi"][0] == describe(0, "test", 0, "hi")[0]


def test_what_is_read_aloud_is_what_is_written_but_for_what_would_be_said_wrong() -> None:
    differing = set()
    for language in LANGUAGES:
        for index in range(150):
            said = describe(0, "train", index, language)[0]
            differing |= {pair for pair in zip(said.words, said.aloud, strict=True) if len(set(pair)) > 1}
            assert len(said.facts) == (0 if language == "en" else len(said.words))
    assert ("は", "わ") in differing
    assert differing <= {("は", "わ"), ("महिलाएँ", "महिलायें"), ("महिलाओं", "महिलायों")}


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputError, match=r"no mini descriptions in 'xx'"):
        describe(0, "train", 0, "xx")
