"""Messages in Hindi and Japanese: everything is said once, nothing else, and always the same."""

from collections import Counter

import numpy as np
import pytest

from unsup_asr.corpora.mini import concepts
from unsup_asr.corpora.mini.languages.reading import grammar
from unsup_asr.corpora.mini.languages.realisation import Fact, SaidWord, facts, realise_by
from unsup_asr.corpora.mini.message import Mention, Message, choose_message
from unsup_asr.corpora.mini.scene import sample_scene
from unsup_asr.errors import InputError

LANGUAGES = ("hi", "ja")


@pytest.fixture(scope="module", params=LANGUAGES)
def told(request: pytest.FixtureRequest) -> tuple[str, list[tuple[Message, list[SaidWord]]]]:
    rng = np.random.default_rng(1)
    messages = [choose_message(sample_scene(rng), rng) for _ in range(600)]
    return request.param, [(m, realise_by(grammar(request.param), m, rng)) for m in messages]


def test_the_facts_of_a_message() -> None:
    message = Message((Mention("dog", None, "red"), Mention("tree", 1)), "under", weather="night")
    assert facts(message) == [
        Fact("noun", "dog", 0),
        Fact("count", "some", 0),
        Fact("colour", "red", 0),
        Fact("noun", "tree", 1),
        Fact("count", "1", 1),
        Fact("relation", "under"),
        Fact("weather", "night"),
    ]


def test_every_message_is_said_in_full(told: tuple[str, list[tuple[Message, list[SaidWord]]]]) -> None:
    language, sayings = told
    for message, words in sayings:
        assert grammar(language).shortest <= len(words) <= grammar(language).longest
        stated = {word.fact for word in words} - {None}
        silent = {fact for fact in facts(message) if fact.kind == "count" and fact.concept == "1"}
        assert set(facts(message)) - silent <= stated <= set(facts(message))


def test_words_of_one_fact_stand_together(told: tuple[str, list[tuple[Message, list[SaidWord]]]]) -> None:
    """So that no fact is said twice."""
    for _, words in told[1]:
        runs = [word.fact for k, word in enumerate(words) if k == 0 or words[k - 1].fact != word.fact]
        assert max(Counter(fact for fact in runs if fact).values()) == 1


def test_the_verb_is_last(told: tuple[str, list[tuple[Message, list[SaidWord]]]]) -> None:
    last = {
        "hi": {"है", "हैं", "देखिए", "देखो"},
        "ja": {"いる", "います", "ある", "あります", "みえる", "みえます", "です", "ください", "よ"},
    }
    language, sayings = told
    assert {words[-1].word for _, words in sayings} == last[language]


def test_sentences_vary_as_english_ones_do(told: tuple[str, list[tuple[Message, list[SaidWord]]]]) -> None:
    lengths = [len(words) for _, words in told[1]]
    assert 8 <= np.mean(lengths) <= 11
    message = Message((Mention("dog", 2, "red"),), place="beach", weather="sunny")
    rng = np.random.default_rng(0)
    said = {" ".join(w.word for w in realise_by(grammar(told[0]), message, rng)) for _ in range(150)}
    assert len(said) >= 20


def test_equal_generators_say_equal_things() -> None:
    message = Message((Mention("dog", 2, "red"), Mention("cat", 1)), "under", "beach", "sunny")
    for language in LANGUAGES:
        said = [realise_by(grammar(language), message, np.random.default_rng(7)) for _ in range(2)]
        assert said[0] == said[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_noun_can_be_counted_coloured_and_related(language: str) -> None:
    rng = np.random.default_rng(0)
    for noun in concepts.NOUNS:
        other = "dog" if noun != "dog" else "cat"
        for count in (*concepts.COUNTS, None):
            mention, colour = Mention(noun, count, size="small"), concepts.COLOURS[(count or 0)]
            for message in (
                Message((Mention(noun, count, colour),)),
                Message((Mention(other, 1), mention), "under"),
                Message((mention, Mention(other, 2))),
            ):
                assert realise_by(grammar(language), message, rng)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_action_relation_place_and_weather_can_be_said(language: str) -> None:
    rng, dog, two = np.random.default_rng(0), Mention("dog", 1), Mention("cat", 2)
    messages = [Message((Mention("dog", 3, action=action),)) for action in concepts.ACTIONS]
    messages += [Message((dog, two), relation) for relation in concepts.RELATIONS]
    messages += [Message((dog,), place=p, weather=w) for p in concepts.PLACES for w in concepts.WEATHERS]
    assert all(realise_by(grammar(language), message, rng) for message in messages)


def test_too_long_a_message_is_refused() -> None:
    wordy = Mention("elephant", 2, "brown", "small", "running")
    with pytest.raises(InputError, match=r"no sentence in 'hi' of 3 to 18 words says"):
        realise_by(
            grammar("hi"), Message((wordy, wordy), "left_of", "lake", "cloudy"), np.random.default_rng(0)
        )
