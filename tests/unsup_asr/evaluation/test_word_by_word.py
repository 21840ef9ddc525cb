"""Word by word in English, in the order of Hindi and Japanese."""

from collections import Counter

import numpy as np
import pytest

from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.corpora.mini.description import Description, describe
from unsup_asr.corpora.mini.english import WORDS
from unsup_asr.corpora.mini.languages.reading import grammar
from unsup_asr.corpora.mini.languages.realisation import sentences
from unsup_asr.corpora.mini.message import Mention, Message
from unsup_asr.corpora.mini.scene import sample_scene
from unsup_asr.errors import InputError
from unsup_asr.evaluation.word_by_word import (
    english_of_words,
    glosses,
    source_order,
    word_by_word,
)

LANGUAGES = ("hi", "ja")
MESSAGE = Message(
    (Mention("dog", 2, "black", action="running"), Mention("tree", 1)), "under", "street", "night"
)


def _described(language: str, sentence: str) -> Description:
    """The message said in just these words."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        for words, _weight in sentences(grammar(language), MESSAGE, rng):
            if " ".join(word.word for word in words) == sentence:
                said = tuple(word.word for word in words)
                scene = sample_scene(np.random.default_rng(0))
                return Description(scene, MESSAGE, said, said, tuple(word.fact for word in words))
    raise AssertionError(f"never said: {sentence}")


@pytest.mark.parametrize(
    ("language", "sentence", "english"),
    [
        (
            "hi",
            "रात में सड़क पर एक पेड़ के नीचे दो काले कुत्ते दौड़ रहे हैं",
            "at night on the street a tree under two black dogs running are",
        ),
        (
            "hi",
            "यह रात में सड़क पर एक पेड़ के नीचे दौड़ते हुए दो काले कुत्तों की तस्वीर है",
            "this at night on the street a tree under running two black dogs of picture is",
        ),
        (
            "ja",
            "よる みち の き の した で くろい いぬ が にひき はしって いる",
            "at night on the street tree under black dogs two running is",
        ),
    ],
)
def test_planted_sentences(language: str, sentence: str, english: str) -> None:
    assert word_by_word(_described(language, sentence), language) == english.split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_has_its_english(language: str) -> None:
    config = MiniConfig(language=language, validation=400)
    texts = source_order(config, "validation")
    assert len(texts) == 400 and {word for text in texts for word in text} <= set(WORDS)
    bare = {
        word
        for index in range(400)
        for word, fact in _pairs(describe(0, "validation", index, language)[0])
        if fact is None
    }
    assert bare == set(glosses(language)), "glosses are those of words that state nothing, and of no others"


def _pairs(description: Description) -> list[tuple[str, object]]:
    return list(zip(description.words, description.facts, strict=True))


def test_what_has_no_glosses_is_refused() -> None:
    with pytest.raises(InputError, match=r"no glosses of 'xx' \(choose from hi, ja\)"):
        glosses("xx")
    with pytest.raises(InputError, match="English needs no words of another order"):
        source_order(MiniConfig(), "test")


@pytest.mark.parametrize(
    ("language", "said", "english"),
    [
        ("hi", "के नीचे", ("", "under")),
        ("hi", "सड़क पर", ("street", "on")),
        ("hi", "बारिश के दिन", ("rainy", "a", "day")),
        ("hi", "के बाईं ओर", ("", "left", "of")),
        ("ja", "おちて きて", ("falling", "")),
        ("ja", "みどり の", ("green", "")),
        ("ja", "みち", ("street",)),
        ("ja", "の した で", ("", "under", "")),
    ],
)
def test_words_that_state_one_fact_share_its_english(
    language: str, said: str, english: tuple[str, ...]
) -> None:
    """Wherever they stand together, they have the same."""
    config, words = MiniConfig(language=language, train=600), tuple(said.split())
    found = set()
    for index, own in enumerate(english_of_words(config, "train")):
        spoken = describe(0, "train", index, language)[0].words
        assert len(own) == len(spoken)
        found |= {
            tuple(own[k : k + len(words)]) for k in range(len(spoken)) if spoken[k : k + len(words)] == words
        }
    assert found == {english}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_english_is_made_up_when_it_is_shared(language: str) -> None:
    config = MiniConfig(language=language, validation=200)
    whole = source_order(config, "validation")
    for shared, words in zip(english_of_words(config, "validation"), whole, strict=True):
        assert not Counter(filter(None, shared)) - Counter(words)
