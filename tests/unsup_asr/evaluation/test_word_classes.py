"""Counted by hand, and against the recall of word types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.errors import InputError
from unsup_asr.evaluation.alignment import align_all
from unsup_asr.evaluation.word_classes import (
    Group,
    WordKnowledge,
    class_scores,
    exchanges,
    homophones,
    unknown_words,
    word_classes,
)
from unsup_asr.evaluation.words import Confusion, aligned_pairs, recall_by_word

REFERENCES = ["a red dog", "a blue zebra sleeps", "a red umbrella"]
HYPOTHESES = ["a red dog runs", "a red horse sleeps", "a blue"]
KNOWLEDGE = WordKnowledge(
    pieces={"a": 1, "red": 1, "blue": 1, "dog": 1, "horse": 1, "runs": 1, "sleeps": 2, "umbrella": 3},
    frequencies={"a": 2000, "red": 150, "blue": 99, "dog": 10, "horse": 9, "runs": 9, "sleeps": 1},
    exchangeable=[("red", "blue", "green"), ("here", "there")],
    homophones=[("read", "red")],
)
TEXTS = st.lists(st.lists(st.sampled_from("abcd"), max_size=5).map(" ".join), min_size=1, max_size=5)


@pytest.fixture
def classes():
    return word_classes(REFERENCES, HYPOTHESES, KNOWLEDGE)


def rows(scores):
    return [(row.name, row.types, row.said, row.written, row.right) for row in scores]


def test_words_are_counted_by_their_pieces(classes):
    assert classes.said == 10
    # Said and written: a 3/3, red 2/2 (1 right), blue 1/1 (0), dog 1/1, horse 0/1, runs 0/1; zebra is unknown.
    assert rows(classes.pieces) == [
        ("1 piece", 4, 7, 9, 5),
        ("2 pieces", 1, 1, 1, 1),
        ("3 pieces", 1, 1, 0, 0),
    ]
    one, _, three = classes.pieces
    assert (one.recall, one.precision, one.f1) == pytest.approx((500 / 7, 500 / 9, 62.5))
    assert (three.recall, three.precision, three.f1) == (0, None, 0)


def test_words_are_counted_by_their_frequency(classes):
    assert rows(classes.bands) == [
        ("0 times", 2, 2, 0, 0),
        ("1–9 times", 1, 1, 3, 1),
        ("10–99 times", 2, 2, 2, 1),
        ("100–999 times", 1, 2, 2, 1),
        ("1000 times or more", 1, 3, 3, 3),
    ]


def test_what_became_of_a_group_is_told(classes):
    mistaken = (Confusion("blue", "red", 1, 100.0), Confusion("red", "blue", 1, 50.0))
    (group,) = classes.exchangeable
    assert group == Group(("red", "blue", "green"), 3, 1, 2, 0, mistaken)
    assert group.share(group.exchanged) == pytest.approx(200 / 3)
    (alike,) = classes.homophones
    assert (alike.said, alike.right, alike.exchanged, alike.other) == (2, 1, 0, 1)
    assert Group((), 0, 0, 0, 0).share(0) is None


def test_what_cannot_be_written_is_named_with_what_it_is_taken_for(classes):
    (zebra,) = classes.unknown
    assert (zebra.word, zebra.said) == ("zebra", 1)
    assert zebra.taken_for == (Confusion("zebra", "horse", 1, 100.0),)
    steps = [step for row in align_all(["gnu gnu yak"], ["dog dog dog"]) for step in row]
    assert [(word.word, word.said) for word in unknown_words(steps, {"dog"})] == [("gnu", 2), ("yak", 1)]


@given(TEXTS, st.randoms(use_true_random=False))
def test_a_class_of_one_word_has_the_recall_of_the_word(references, random):
    hypotheses = [" ".join(random.choices("abcd", k=random.randrange(5))) for _ in references]
    steps = [step for row in align_all(references, hypotheses) for step in row]
    by_word = {row.name: row for row in class_scores(steps, "abcd".index, "abcd".__getitem__)}
    pairs = aligned_pairs(references, hypotheses)
    expected = recall_by_word(pairs.words, pairs.labels)
    for row in expected:
        found = by_word[row.word]
        assert (found.said, found.right) == (row.occurrences, row.hits)
        assert found.recall == pytest.approx(row.recall)
    assert sum(row.written for row in by_word.values()) == sum(len(text.split()) for text in hypotheses)
    (all_words,) = exchanges(steps, [tuple("abcd")]) or [Group(tuple("abcd"), 0, 0, 0, 0)]
    assert all_words.said == all_words.right + all_words.exchanged + all_words.other == len(pairs.words)
    assert all_words.other == pairs.labels.count("")


def test_without_pronunciations_homophones_are_not_known():
    unheard = WordKnowledge(KNOWLEDGE.pieces, KNOWLEDGE.frequencies, [], None)
    assert word_classes(REFERENCES, HYPOTHESES, unheard).homophones is None
    assert word_classes([], [], unheard).said == 0


def test_texts_come_in_pairs():
    with pytest.raises(InputError, match="3 references but 2 hypotheses"):
        word_classes(REFERENCES, HYPOTHESES[:2], KNOWLEDGE)


def test_equal_sounds_are_homophones():
    sounds = {"two": ("t", "u:"), "red": ("r", "E", "d"), "to": ("t", "u:"), "too": ("t", "u:")}
    assert homophones(sounds) == [("to", "too", "two")]
