"""Word discovery scores on examples worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.data.manifest import Word
from unsup_asr.evaluation.content import content_words, function_words
from unsup_asr.evaluation.words import (
    Band,
    Confusion,
    aligned_pairs,
    confusions,
    discovery_scores,
    labels_by_time,
    macro_recall,
    recall_by_band,
    recall_by_word,
)

# dog: 8 of 10 right; cat: 9 of 12 called dog, 3 right; sun: too rare to count.
WORDS = ["dog"] * 10 + ["cat"] * 12 + ["sun"] * 2
LABELS = ["dog"] * 8 + [""] * 2 + ["dog"] * 9 + ["cat"] * 3 + ["sun", "moon"]


def test_discovery_by_hand() -> None:
    scores = discovery_scores(WORDS, LABELS)
    assert scores.types == 2
    assert scores.recognition_score == pytest.approx((80 + 75) / 2)
    assert scores.share_75 == 100
    assert scores.match_score == pytest.approx((80 + 25) / 2)
    assert macro_recall(WORDS, LABELS) == pytest.approx((80 + 25 + 50) / 3)


@given(st.lists(st.sampled_from(["dog", "cat", "sun"]), min_size=10), st.sampled_from(["", "a", "the"]))
def test_a_constant_output_recognises_all_and_matches_nothing(words: list[str], label: str) -> None:
    scores = discovery_scores(words, [label] * len(words))
    if scores.types:
        assert (scores.recognition_score, scores.share_75, scores.match_score) == (100, 100, 0)
    assert scores.v_measure == (100 if len(set(words)) == 1 else pytest.approx(0, abs=1e-9))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd"))))
def test_v_measure_does_not_care_for_the_names_of_labels(pairs: list[tuple[str, str]]) -> None:
    words, labels = [w for w, _ in pairs], [label for _, label in pairs]
    renamed = [{"a": "x", "b": "y", "c": "z", "d": ""}[label] for label in labels]
    one, other = discovery_scores(words, labels), discovery_scores(words, renamed)
    assert one.v_measure == pytest.approx(other.v_measure)
    assert one.recognition_score == pytest.approx(other.recognition_score)


def test_nothing_to_score_is_none() -> None:
    assert discovery_scores([], []).v_measure is None
    assert discovery_scores(["dog"], ["dog"]).match_score is None
    assert macro_recall([], []) is None


def test_recall_by_word_is_sorted_by_frequency() -> None:
    rows = recall_by_word(WORDS, LABELS)
    assert [row.word for row in rows] == ["cat", "dog", "sun"]
    assert [row.recall for row in rows] == [25, 80, 50]
    # The tie between sun and moon goes to the word itself.
    assert [row.most_common for row in rows] == ["dog", "dog", "sun"]


def test_bands_by_hand() -> None:
    bands = recall_by_band(WORDS, LABELS, {"dog": 100, "cat": 9, "sun": 99}, lowest=(0, 10, 100))
    assert bands == [
        Band(0, 9, 1, 12, 25.0),
        Band(10, 99, 1, 2, 50.0),
        Band(100, None, 1, 10, 80.0),
    ]
    empty = recall_by_band(WORDS, LABELS, {}, lowest=(0, 1))[1]
    assert (empty.occurrences, empty.recall) == (0, None)


def test_confusions_by_hand() -> None:
    assert confusions(WORDS, LABELS) == [
        Confusion("cat", "dog", 9, 75.0),
        Confusion("dog", "", 2, 20.0),
        Confusion("sun", "moon", 1, 50.0),
    ]


def test_pairs_from_an_alignment() -> None:
    pairs = aligned_pairs(["a dog runs", "cats"], ["the dog", "two cats"])
    assert pairs.words == ["a", "dog", "runs", "cats"]
    assert pairs.labels == ["the", "dog", "", "cats"]


def test_labels_by_longest_overlap_in_time() -> None:
    said = [Word("a", 0.0, 0.2), Word("dog", 0.2, 0.8), Word("runs", 1.5, 2.0)]
    written = [Word("the", 0.0, 0.3), Word("dog", 0.3, 1.0)]
    assert labels_by_time(said, written) == ["the", "dog", ""]
    assert labels_by_time(said, []) == ["", "", ""]
    assert labels_by_time([], written) == []


def test_function_words_are_a_plain_list() -> None:
    assert 100 <= len(function_words()) <= 200
    assert all(word == word.lower().strip() for word in function_words())
    vocabulary = ["a", "red", "dog", "and", "two", "cats", "on", "the", "grass"]
    assert content_words(vocabulary) == {"red", "dog", "two", "cats", "grass"}
