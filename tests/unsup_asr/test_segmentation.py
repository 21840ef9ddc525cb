"""Segmenters by name do what the segmenters do."""

import numpy as np
import pytest

from segmenters.energy import EnergyConfig, energy
from segmenters.errors import SegmentationError
from unsup_asr.data.manifest import Word
from unsup_asr.errors import UsageError
from unsup_asr.segmentation import METHODS, segment

RATE = 16000
WORDS = (Word("red", 0.1, 0.4), Word("dog", 0.5, 0.9))


@pytest.fixture
def samples() -> np.ndarray:
    """Two bursts of noise."""
    times = np.arange(RATE) / RATE
    loud = sum((word.start <= times) & (times < word.end) for word in WORDS)
    return (0.2 * loud * np.random.default_rng(0).standard_normal(RATE)).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_cuts_the_utterance(method, samples):
    found = segment(method, "u", samples, RATE, WORDS, 2.0)
    assert (found.id, found.method, found.duration) == ("u", method, 1.0)
    assert len(found.spans) == 2


def test_gold_is_the_words_own_times(samples):
    spans = segment("gold", "u", samples, RATE, WORDS, 99.0).spans
    assert [(span.start, span.end) for span in spans] == [(0.1, 0.4), (0.5, 0.9)]


def test_energy_is_that_of_the_rate_given(samples):
    assert segment("energy", "u", samples, RATE, (), 2.0) == energy("u", samples, RATE, EnergyConfig(2.0))


@pytest.mark.parametrize("method", [method for method in METHODS if method != "gold"])
def test_only_gold_looks_at_the_words(method, samples):
    assert segment(method, "u", samples, RATE, WORDS, 2.0) == segment(method, "u", samples, RATE, (), 2.0)


def test_gold_without_words_is_refused(samples):
    with pytest.raises(SegmentationError, match="u: has no word times"):
        segment("gold", "u", samples, RATE, (), 2.0)


def test_an_unknown_method_is_refused_with_those_there_are(samples):
    with pytest.raises(UsageError, match=r"no segmenter 'magic'.*gold, energy, uniform"):
        segment("magic", "u", samples, RATE, WORDS, 2.0)
