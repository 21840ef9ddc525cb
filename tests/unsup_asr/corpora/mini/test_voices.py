"""The synthetic speakers."""

from itertools import combinations

import pytest

from unsup_asr.corpora.mini.voices import SPLITS, voices
from unsup_asr.errors import InputError

LANGUAGES = ("en", "hi", "ja")


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_speakers(language: str) -> None:
    assert len(voices(language, "train")) >= 10
    assert len(voices(language, "validation")) >= 3
    assert len(voices(language, "test")) >= 3


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("first, second", list(combinations(SPLITS, 2)))
def test_no_two_splits_share_a_speaker(first: str, second: str, language: str) -> None:
    heard = {voice.variant for voice in voices(language, first)}
    assert heard.isdisjoint(voice.variant for voice in voices(language, second))


def test_names_are_unique() -> None:
    names = [voice.name for language in LANGUAGES for split in SPLITS for voice in voices(language, split)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("language, split", [("xx", "train"), ("en", "dev")])
def test_unknown_language_or_split_is_refused(language: str, split: str) -> None:
    with pytest.raises(InputError, match="choose from"):
        voices(language, split)
