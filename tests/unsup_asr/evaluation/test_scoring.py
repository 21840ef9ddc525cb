"""The figures of planted outputs; texts are normalised alike on both sides, chance is another's text."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.data.manifest import Utterance, Word
from unsup_asr.decoding.hypothesis import DecodedWord, Hypothesis
from unsup_asr.evaluation import scoring
from unsup_asr.evaluation.content import content_words
from unsup_asr.evaluation.recognition import content_wer, wer
from unsup_asr.evaluation.results import Results, read_results, write_results
from unsup_asr.evaluation.translation import translation_scores

CAPTIONS = [["a", "red", "dog", "runs"], ["the", "cat", "sleeps"], ["a", "dog"]]
CONTENT = content_words(word for caption in CAPTIONS for word in caption)
SAID = ["A red dog runs.", "the cat, sleeps", "a dog", "the red cat runs"]
EMPTY = Results("mini", "0", "en", "asr", "gold", True, 0, len(SAID))


def timed(text: str) -> tuple[Word, ...]:
    """Half a second a word."""
    return tuple(Word(word, k / 2, k / 2 + 0.5) for k, word in enumerate(text.split()))


def utterance(
    number: int, text: str, words: tuple[Word, ...] = (), translations: tuple[str, ...] = ()
) -> Utterance:
    return Utterance(
        f"u{number}", Path("a.wav"), 3.0, "en", text=text, words=words, translations=translations
    )


def hypothesis(number: int, text: str) -> Hypothesis:
    words = tuple(DecodedWord(word.word, word.start, word.end, 1.0) for word in timed(text))
    return Hypothesis(f"u{number}", text, words, 0.0)


def test_set(said: list[str], written: list[str], times: bool = False) -> scoring.TestSet:
    return scoring.TestSet(
        [utterance(n, text, timed(" ".join(text.split())) if times else ()) for n, text in enumerate(said)],
        [hypothesis(n, text) for n, text in enumerate(written)],
    )


test_set.__test__ = False  # it makes one, and is none

PLAIN = ["a red dog runs", "the cat sleeps", "a dog", "the red cat runs"]


def test_what_was_said_has_no_errors_whatever_its_case_and_punctuation():
    results = scoring.with_text_scores(EMPTY, test_set(SAID, PLAIN), CONTENT)
    assert (results.wer, results.cer, results.content_wer) == (0, 0, 0)
    assert (results.bleu, results.chrf) == (pytest.approx(100), pytest.approx(100))
    assert results.content_f1 == 100
    assert (results.wer_interval.low, results.wer_interval.high) == (0, 0)


def test_sentences_that_the_captions_hold_are_counted_apart():
    captions = [["a", "dog"], ["the", "cat", "sleeps"]]
    seen = scoring.with_seen_in_captions(EMPTY, test_set(SAID, ["a dog"] * 4), captions).seen_in_captions
    assert (seen.share, seen.wer_seen) == (50, 60)


def test_chance_is_the_text_of_the_next_utterance():
    written = ["a red dog runs", "the cat", "a cat", "red cat runs"]
    results = scoring.with_text_scores(EMPTY, test_set(SAID, written), CONTENT)
    others = [*written[1:], written[0]]  # pictures of their own
    assert results.chance_wer == wer(PLAIN, others)
    assert results.chance_bleu == translation_scores([[text] for text in PLAIN], others).bleu
    content = frozenset({"red", "dog", "runs", "cat", "sleeps"})
    assert results.chance_content_wer == content_wer(PLAIN, others, content)
    assert results.content_wer == content_wer(PLAIN, written, content)


def test_one_sentence_for_everything_is_as_good_as_chance():
    results = scoring.with_text_scores(EMPTY, test_set(SAID, ["a dog"] * 4), CONTENT)
    assert results.chance_wer == results.wer
    assert results.chance_bleu == results.bleu
    assert results.chance_content_wer == results.content_wer


def test_any_translation_may_be_met_and_the_first_is_the_reference():
    utterances = [utterance(0, "एक कुत्ता", translations=("A dog!", "one dog sits here"))]
    test = scoring.TestSet(utterances, [hypothesis(0, "one dog sits here")])
    assert test.references == ["a dog"]
    assert test.all_references == [["a dog", "one dog sits here"]]
    results = scoring.with_text_scores(EMPTY, test, CONTENT)
    assert results.bleu == pytest.approx(100)
    assert results.wer == wer(["a dog"], ["one dog sits here"])


def test_words_are_judged_by_time_where_they_have_times():
    """The decoder wrote one word for two and invented another beyond the end: by text, all would be shifted."""
    words = (Word("red", 0.0, 0.5), Word("dog", 0.5, 1.0), Word("runs", 1.0, 1.5))
    written = (
        DecodedWord("red", 0.0, 0.5, 1.0),
        DecodedWord("cat", 0.5, 1.45, 1.0),
        DecodedWord("dog", 2, 3, 1),
    )
    test = scoring.TestSet(
        [utterance(0, "red dog runs", words)], [Hypothesis("u0", "red cat dog", written, 0.0)]
    )
    results = scoring.with_word_scores(EMPTY, test, {"red": 5, "dog": 2})
    assert results.macro_recall == pytest.approx(100 / 3)


def test_words_without_times_are_judged_by_alignment():
    written = ["red dog runs", "the cat sleeps", "a dog", "the red cat"]
    results = scoring.with_word_scores(EMPTY, test_set(SAID, written), {})
    # a 1/2, red 2/2, dog 2/2, runs 1/2, the 2/2, cat 2/2, sleeps 1/1
    assert results.macro_recall == pytest.approx(100 * (0.5 + 1 + 1 + 0.5 + 1 + 1 + 1) / 7)
    assert results.match_score is None  # no word type occurs ten times


def test_frequent_words_are_scored_and_banded_by_the_captions():
    said, written = ["a dog"] * 12 + ["a cat"] * 12, ["a dog"] * 9 + ["a cat"] * 15
    results = scoring.with_word_scores(EMPTY, test_set(said, written), {"a": 5000, "dog": 20, "cat": 1})
    assert results.match_score == pytest.approx((100 + 75 + 100) / 3)
    assert results.recognition_score == pytest.approx((100 + 75 + 100) / 3)
    assert results.share_75 == 100
    assert sum(band.occurrences for band in results.bands) == 48
    recall = {band.lowest: band.recall for band in results.bands if band.types}
    assert sorted(recall.values()) == [75, 100, 100]


def test_boundaries_of_the_words_themselves_are_perfect():
    results = scoring.with_segment_scores(EMPTY, test_set(PLAIN, PLAIN, times=True))
    assert (results.boundary_f1, results.boundary_r_value) == (100, pytest.approx(100))
    assert results.segments_per_word == 1


def test_boundaries_in_the_wrong_place_are_missed():
    test = test_set(["red dog"], ["red dog"], times=True)
    for late, f1 in ((0.019, 100), (0.021, 0)):
        words = (DecodedWord("red", 0, 0.5 + late, 1.0), DecodedWord("dog", 0.5 + late, 1.0, 1.0))
        moved = scoring.TestSet(test.utterances, [Hypothesis("u0", "red dog", words, 0.0)])
        assert scoring.with_segment_scores(EMPTY, moved).boundary_f1 == f1


def test_there_are_no_segment_scores_where_a_word_has_no_times():
    some = test_set(PLAIN, PLAIN, times=True)
    mixed = scoring.TestSet([*some.utterances[:-1], utterance(3, PLAIN[3])], some.hypotheses)
    for test in (test_set(PLAIN, PLAIN), mixed):
        results = scoring.with_segment_scores(EMPTY, test)
        assert results == EMPTY
        assert results.boundary_f1 is None


def test_scores_can_be_written(tmp_path):
    test = test_set(SAID, PLAIN, times=False)
    results = scoring.with_word_scores(scoring.with_text_scores(EMPTY, test, CONTENT), test, {"dog": 3})
    write_results(tmp_path / "results.json", results)
    assert read_results(tmp_path / "results.json") == results


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_chance_takes_every_text_once_and_of_another_picture(pictures):
    utterances = [replace(utterance(n, "a"), image_id=str(picture)) for n, picture in enumerate(pictures)]
    others = scoring.of_other_pictures(utterances)
    assert sorted(others) == list(range(len(pictures)))
    if 2 * max(map(pictures.count, pictures)) <= len(pictures):
        assert all(pictures[row] != pictures[other] for row, other in enumerate(others))


def test_descriptions_of_one_picture_are_no_chance_for_each_other():
    said = ["a dog", "a dog", "the cat", "the cat"]
    test = test_set(said, said)
    utterances = [replace(u, image_id=str(n // 2)) for n, u in enumerate(test.utterances)]
    results = scoring.with_text_scores(EMPTY, scoring.TestSet(utterances, test.hypotheses), CONTENT)
    assert results.chance_wer == 100


def test_one_word_utterances_have_no_boundaries_to_score():
    assert scoring.with_segment_scores(EMPTY, test_set(["dog"], ["dog"], times=True)) == EMPTY


def test_words_are_compared_in_lower_case_and_without_punctuation():
    test = test_set(["A DOG,"], ["a dog"], times=True)
    assert scoring.with_word_scores(EMPTY, test, {}).macro_recall == 100
