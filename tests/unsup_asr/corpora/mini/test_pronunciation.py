"""Words that English speakers know to sound alike."""

import importlib.util

import pytest

from unsup_asr.corpora.mini import pronunciation
from unsup_asr.corpora.mini.pronunciation import can_pronounce, pronunciations

MISSING = importlib.util.find_spec("espeakng_loader") is None


@pytest.mark.skipif(MISSING, reason="espeakng-loader is not installed (extra mini)")
def test_homophones_have_equal_phonemes(monkeypatch):
    monkeypatch.setattr(pronunciation, "_AT_ONCE", 3)
    found = pronunciations(
        ["two", "too", "to", "flower", "flour", "sun", "son", "dog", "dogs", "2nd", "it's"]
    )
    assert can_pronounce()
    assert found["two"] == found["too"] == found["to"]
    assert found["flower"] == found["flour"] and found["sun"] == found["son"]
    assert found["dog"] != found["dogs"] and "it's" in found
    assert "2nd" not in found


def test_without_espeak_there_are_no_pronunciations(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not can_pronounce()
