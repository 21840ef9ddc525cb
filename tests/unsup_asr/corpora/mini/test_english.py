from collections import Counter

import numpy as np
import pytest

from unsup_asr.corpora.mini import concepts
from unsup_asr.corpora.mini.english import LONGEST, SHORTEST, WORDS, realise, realise_plain
from unsup_asr.corpora.mini.english_words import NUMERALS, PLURALS, SINGULARS
from unsup_asr.corpora.mini.message import Mention, Message, choose_message
from unsup_asr.corpora.mini.scene import sample_scene
from unsup_asr.errors import InputError

DETERMINERS = {"a": 1, "an": 1, "this": 1, "some": None, "these": None} | {w: n for n, w in NUMERALS.items()}


@pytest.fixture(scope="module")
def told() -> list[tuple[Message, list[str], list[str]]]:
    rng = np.random.default_rng(0)
    messages = [choose_message(sample_scene(rng), rng) for _ in range(4000)]
    return [(message, realise(message, rng), realise_plain(message, rng)) for message in messages]


def test_lengths(told):
    lengths = np.array([len(words) for _, words, _ in told])
    assert lengths.min() >= SHORTEST and lengths.max() <= LONGEST
    assert 7.5 <= lengths.mean() <= 8.5


def test_words_are_those_declared_and_all_are_used(told):
    assert 100 <= len(WORDS) <= 135
    assert {word for _, words, _ in told for word in words} == set(WORDS)
    assert all(word.isalpha() and word.islower() for word in WORDS)


def test_the_rarest_noun_form_is_not_too_rare(told):
    seen = Counter(word for _, words, _ in told for word in set(words))
    assert min(seen[form] for form in (*SINGULARS.values(), *PLURALS.values())) / len(told) >= 0.003


def test_word_frequencies_are_zipf_like(told):
    counts = np.sort(list(Counter(word for _, words, _ in told for word in words).values()))[::-1]
    slope = np.polyfit(np.log(np.arange(1, len(counts) + 1)), np.log(counts), 1)[0]
    assert -1.5 < slope < -0.7


def test_sentences_state_exactly_the_message(told):
    for message, words, _ in told:
        assert _parsed(words) == message, " ".join(words)


def _parsed(words: list[str]) -> Message:
    """Read a sentence back by a grammar of its own: determiner, adjectives, noun; facts by key words."""
    names = {form: (noun, True) for noun, form in SINGULARS.items()}
    names |= {form: (noun, False) for noun, form in PLURALS.items()}
    mentions, groups = [], [index for index, word in enumerate(words) if word in names]
    for index in groups:
        start = index
        while words[start - 1] in (*concepts.SIZES, *concepts.COLOURS):
            start -= 1
        noun, singular = names[words[index]]
        determiner = words[start - 1]
        count = DETERMINERS[determiner]
        assert (count == 1) == singular
        if determiner in ("a", "an"):
            assert (determiner == "an") == (words[start][0] in "aeiou")
        facts = words[start:index]
        colour = next((word for word in facts if word in concepts.COLOURS), None)
        size = next((word for word in facts if word in concepts.SIZES), None)
        mentions.append(Mention(noun, count, colour, size))
    action = next((word for word in words if word in concepts.ACTIONS), None)
    if action:
        first = mentions[0]
        mentions[0] = Mention(first.noun, first.count, first.colour, first.size, action)
    keys = {relation.removesuffix("_of"): relation for relation in concepts.RELATIONS}
    return Message(
        tuple(mentions),
        next((keys[word] for word in words if word in keys), None),
        next((word for word in words if word in concepts.PLACES), None),
        next((word for word in words if word in concepts.WEATHERS), None),
    )


def test_verbs_agree(told):
    for message, words, _ in told:
        for verb in {"is", "are"} & set(words):
            if words[words.index(verb) - 1] == "it":
                continue
            joint = message.relation is None and len(message.mentions) == 2 and "there" not in words
            singular = message.mentions[0].count == 1 and not joint
            assert (verb == "is") == singular, " ".join(words)


def test_a_message_has_many_paraphrases():
    message = Message((Mention("dog", 2, "red"),), place="beach", weather="sunny")
    rng = np.random.default_rng(0)
    said = {" ".join(realise(message, rng)) for _ in range(500)}
    assert len(said) >= 10
    assert "two red dogs are on the beach on a sunny day" in said
    assert "it is a sunny day and two red dogs are on the beach" in said


def test_exchanged_facts_are_said_in_the_same_form():
    first = Message((Mention("dog", 2, "red"),), place="beach")
    second = Message((Mention("dog", 2, "blue"),), place="beach")
    for seed in range(30):
        one, two = (realise(message, np.random.default_rng(seed)) for message in (first, second))
        assert [w for w in one if w != "red"] == [w for w in two if w != "blue"]


def test_the_plain_style_keeps_the_content_and_changes_the_rest(told):
    content = {*SINGULARS.values(), *PLURALS.values(), *concepts.COLOURS, *concepts.SIZES, *concepts.ACTIONS}
    common = Counter()
    for _, words, plain in told:
        assert SHORTEST <= len(plain) <= LONGEST
        assert sorted(content & set(words)) == sorted(content & set(plain))
        common.update(set(plain) - content)
    assert not {"a", "the", "is", "are", "there"} & set(common)
    ours = {word for _, words, _ in told for word in words}
    assert 8 <= len(set(common) - ours) <= 25


def test_too_long_a_message_is_refused():
    wordy = Mention("elephant", 2, "brown", "small", "running")
    with pytest.raises(InputError, match="4 to 14 words"):
        realise(Message((wordy, wordy), "left_of", "street", "sunny"), np.random.default_rng(0))
