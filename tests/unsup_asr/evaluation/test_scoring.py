"""The figures of planted outputs; texts are normalised alike on both sides, chance is another's text."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.data.manifest import Utterance, Word
from unsup_asr.data.normalisers import ENGLISH
from unsup_asr.decoding.hypothesis import DecodedWord, Hypothesis
from unsup_asr.evaluation import scoring
from unsup_asr.evaluation.content import content_words
from unsup_asr.evaluation.recognition import content_wer, wer
from unsup_asr.evaluation.results import Results, StageResult, read_results, write_results
from unsup_asr.evaluation.scored import Scored, read_scored
from unsup_asr.evaluation.translation import translation_scores

CAPTIONS = [["a", "red", "dog", "runs"], ["the", "cat", "sleeps"], ["a", "dog"]]
CONTENT = content_words(word for caption in CAPTIONS for word in caption)
SAID = ["A red dog runs.", "the cat, sleeps", "a dog", "the red cat runs"]
EMPTY = Results("mini", "0", "en", "asr", "gold", True, 0, len(SAID))


def timed(text: str) -> tuple[Word, ...]:
    """Half a second a word."""
    return tuple(Word(word, k / 2, k / 2 + 0.5) for k, word in enumerate(text.split()))


def utterance(
    number: int,
    text: str | None,
    words: tuple[Word, ...] = (),
    translations: tuple[str, ...] = (),
    lang: str = "en",
) -> Utterance:
    return Utterance(
        f"u{number}", Path("a.wav"), 3.0, lang, text=text, words=words, translations=translations
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
    # Named in the results of finished runs: another name would be of another normaliser.
    assert results.normaliser == "NFKC, lower case, no punctuation (unsup_asr.data.captions.normalise)"
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


def test_a_text_is_held_against_the_translation_that_it_is_closest_to():
    given = ("A dog!", "one dog sits here")
    utterances = [utterance(k, "एक कुत्ता", translations=given, lang="hi") for k in range(2)]
    test = scoring.TestSet(utterances, [hypothesis(0, "one dog sits there"), hypothesis(1, "the dog")])
    assert test.references == ["one dog sits here", "a dog"]
    assert test.all_references == [["a dog", "one dog sits here"]] * 2
    results = scoring.with_text_scores(EMPTY, test, CONTENT)
    assert results.wer == pytest.approx(100 * 2 / 6)
    assert results.bleu == translation_scores(test.all_references, test.written).bleu


def test_chance_is_held_against_the_closest_translation_too():
    given = [("a dog", "red cat runs"), ("the cat", "a red dog")]
    utterances = [utterance(k, "कुछ", translations=texts, lang="hi") for k, texts in enumerate(given)]
    written = [hypothesis(0, "a dog"), hypothesis(1, "red cat")]
    results = scoring.with_text_scores(EMPTY, scoring.TestSet(utterances, written), CONTENT)
    # "red cat" beside the first utterance, "a dog" beside the second one.
    assert results.chance_wer == wer(["red cat runs", "a red dog"], ["red cat", "a dog"])


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


def test_what_is_said_in_another_language_is_no_reference():
    """Hindi that nobody has translated is not what English is compared with, and nor is silence."""
    utterances = [
        utterance(0, "a dog"),
        utterance(1, "एक कुत्ता", lang="hi"),
        utterance(2, None),
        utterance(3, "..."),
        utterance(4, "एक बिल्ली", translations=("the cat",), lang="hi-IN"),
    ]
    written = [hypothesis(n, text) for n, text in enumerate(["a dog", "one", "two", "three", "a cat"])]
    test = scoring.TestSet(utterances, written).referenced
    assert [u.id for u in test.utterances] == [h.id for h in test.hypotheses] == ["u0", "u4"]
    assert test.all_references == [["a dog"], ["the cat"]]
    results = scoring.with_text_scores(EMPTY, scoring.TestSet(utterances, written), CONTENT)
    assert results == scoring.with_text_scores(EMPTY, test, CONTENT)
    assert results.wer == 25
    aligned = scoring.word_pairs(scoring.TestSet(utterances, written))
    assert (aligned.words, aligned.labels) == (["a", "dog", "the", "cat"], ["a", "dog", "a", "cat"])


def test_figures_of_a_test_without_references_do_not_apply():
    test = scoring.TestSet([utterance(0, "一匹の犬", lang="ja")], [hypothesis(0, "a dog")])
    results = scoring.with_text_scores(EMPTY, test, CONTENT)
    assert scoring.with_seen_in_captions(results, test, CAPTIONS) == EMPTY
    assert scoring.stage_result("last", test, 2.0) == StageResult("last", None, None, 2.0)
    words = scoring.with_word_scores(EMPTY, test, {})
    assert (words.match_score, words.v_measure, words.macro_recall) == (None, None, None)


def test_a_stage_has_the_figures_of_its_text():
    test = test_set(SAID, ["a red dog runs", "the cat", "a cat", "red cat runs"])
    results = scoring.with_text_scores(EMPTY, test, CONTENT)
    assert scoring.stage_result("last", test, 1.5) == StageResult("last", results.wer, results.bleu, 1.5)


HINDI_WORDS = ["\u0915\u0941\u0924\u094d\u0924\u093e", "\u0915\u0941\u0924\u094d\u200d\u0924\u093e"]


def test_spoken_words_of_another_language_are_types_by_its_own_normaliser():
    """कुत्ता with a joiner and without is one word; whether it is labelled with itself does not apply."""
    assert HINDI_WORDS[0] != HINDI_WORDS[1]
    test = scoring.TestSet(
        [utterance(n, None, timed(word), lang="hi") for n, word in enumerate(HINDI_WORDS * 6)],
        [hypothesis(n, "dog" if n < 9 else "cat") for n in range(12)],
    )
    assert set(scoring.word_pairs(test).words) == {HINDI_WORDS[0]}
    results = scoring.with_word_scores(EMPTY, test, {"dog": 3})
    assert (results.recognition_score, results.share_75, results.v_measure) == (75, 100, 0)
    assert (results.match_score, results.macro_recall, results.bands) == (None, None, None)


def test_matches_are_those_of_the_english_that_is_spoken():
    """Twelve times `dog`, nine times written, and as often Hindi, which is labelled but never matched."""
    spoken = [utterance(n, "dog", timed("dog")) for n in range(12)]
    spoken += [utterance(12 + n, None, timed(HINDI_WORDS[0]), lang="hi") for n in range(12)]
    written = [hypothesis(n, "dog" if n < 9 or n >= 12 else "cat") for n in range(24)]
    results = scoring.with_word_scores(EMPTY, scoring.TestSet(spoken, written), {"dog": 3})
    assert (results.match_score, results.macro_recall) == (75, 75)
    assert sum(band.occurrences for band in results.bands) == 12
    assert results.recognition_score == pytest.approx((75 + 100) / 2)


def test_a_japanese_word_is_one_word():
    words = (Word("ﾗｰﾒﾝ", 0.0, 0.5),)
    test = scoring.TestSet([utterance(0, None, words, lang="ja")], [hypothesis(0, "noodles")])
    assert scoring.word_pairs(test).words == ["ラーメン"]


def test_what_was_scored_is_written_beside_the_results(tmp_path):
    utterances = [utterance(0, "A dog!"), utterance(1, "एक", lang="hi"), utterance(2, "The cat sleeps.")]
    written = [hypothesis(n, text) for n, text in enumerate(["a dog", "one", "The cat"])]
    scoring.write_scored_texts(tmp_path / "scored.jsonl", scoring.TestSet(utterances, written))
    assert read_scored(tmp_path / "scored.jsonl") == [
        Scored("u0", ("a dog",), "a dog", ENGLISH.version),
        Scored("u2", ("the cat sleeps",), "the cat", ENGLISH.version),
    ]
