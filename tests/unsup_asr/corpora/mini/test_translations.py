"""English references of a message: several, different, and of this message alone."""

import numpy as np
import pytest

from unsup_asr.corpora.mini.description import describe
from unsup_asr.corpora.mini.english import LONGEST, SHORTEST, WORDS, realise
from unsup_asr.corpora.mini.message import Mention, Message
from unsup_asr.corpora.mini.translations import FEWEST, MOST, translations
from unsup_asr.errors import InputError
from unsup_asr.evaluation.reference_agreement import reference_agreement


def test_they_are_ways_of_saying_the_message() -> None:
    message = Message((Mention("dog", 2, "red"),), place="beach", weather="sunny")
    rng = np.random.default_rng(0)
    english = {" ".join(realise(message, rng)) for _ in range(300)}
    found = translations(message, rng)
    assert len(found) == len(set(found)) == MOST and set(found) <= english


@pytest.mark.parametrize("language", ["hi", "ja"])
def test_every_utterance_has_enough_and_they_differ(language: str) -> None:
    described = (describe(0, "test", index, language) for index in range(150))
    found = [translations(description.message, rng) for description, rng in described]
    assert all(FEWEST <= len(set(texts)) == len(texts) <= MOST for texts in found)
    assert {word for texts in found for text in texts for word in text.split()} <= set(WORDS)
    assert all(SHORTEST <= len(text.split()) <= LONGEST for texts in found for text in texts)
    agreement = reference_agreement(found)
    assert agreement.pairwise_bleu <= 60 and agreement.pairwise_bleu < agreement.leave_one_out_bleu


def test_a_message_that_hardly_fits_is_refused() -> None:
    wordy = Mention("elephant", 2, "brown", "small", "running")
    with pytest.raises(InputError, match="0 ways of saying the message have 4 to 14 words, 4 are wanted"):
        translations(Message((wordy, wordy), "left_of", "street", "sunny"), np.random.default_rng(0))
