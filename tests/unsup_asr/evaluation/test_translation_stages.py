from pathlib import Path

import pytest
from sacrebleu import corpus_bleu

from unsup_asr.data.manifest import Utterance
from unsup_asr.decoding.hypothesis import DecodedWord, Hypothesis
from unsup_asr.errors import InputError
from unsup_asr.evaluation.scoring import TestSet
from unsup_asr.evaluation.translation_stages import (
    TranslationFigures,
    invented_share,
    score_stages,
    source_order_ceiling,
    unigram_texts,
)

CONTENT = {"dog", "cat", "tree", "house", "big"}
REFERENCES = ["a big dog is under a tree", "there is a cat behind the house", "a house and a big tree"]
HEARD = ["big dog tree under", "cat house behind", "house big tree"]


def written(texts: list[str]) -> list[Hypothesis]:
    return [
        Hypothesis(f"u{k}", text, tuple(DecodedWord(w, 0.0, 1.0, 1.0) for w in heard.split()), 0.0)
        for k, (text, heard) in enumerate(zip(texts, HEARD, strict=True))
    ]


def scored_set(texts: list[str], translated: bool = True) -> TestSet:
    utterances = [
        Utterance(
            f"u{k}", Path("a.wav"), 1.0, "hi", image_id=f"i{k}", translations=(text,) if translated else ()
        )
        for k, text in enumerate(REFERENCES)
    ]
    return TestSet(utterances, written(texts))


def test_what_no_segment_yields_is_invented_once_for_each_time():
    texts = ["a big dog under a tree", "a cat cat is behind the house", "a house and a dog"]
    assert invented_share(written(texts), CONTENT) == pytest.approx(100 * 2 / 8)
    assert invented_share(written(["is the", "", "a"]), CONTENT) == 0


def test_stages_are_scored_as_sacrebleu_does_beside_chance():
    tests = {"self_training": scored_set(HEARD), "denoised": scored_set(REFERENCES)}
    figures = score_stages(tests, CONTENT, {"a": 3, "dog": 1})
    assert [stage.stage for stage in figures.stages] == ["self_training", "denoised"]
    before, after = figures.stages
    assert before.bleu == pytest.approx(corpus_bleu(HEARD, [REFERENCES]).score)
    assert after.bleu == pytest.approx(100)
    assert after.chance_bleu < 40
    assert (before.invented, after.invented) == (0, 0)
    assert figures.unigram_bleu is not None and figures.unigram_bleu < 10


def test_the_ceiling_stands_beside_the_stages_where_words_are_known():
    words = {f"u{k}": text.split() for k, text in enumerate(HEARD)}
    figures = score_stages({"denoised": scored_set(REFERENCES)}, CONTENT, {"a": 1}, words)
    assert figures.source_order == source_order_ceiling(list(words.values()), [[text] for text in REFERENCES])
    assert score_stages({"denoised": scored_set(REFERENCES)}, CONTENT, {"a": 1}).source_order is None


def test_without_references_there_are_no_figures():
    assert score_stages({"denoised": scored_set(HEARD, translated=False)}, CONTENT, {"a": 1}) == (
        TranslationFigures()
    )


def test_unigram_texts_follow_the_frequencies():
    (text,) = unigram_texts({"a": 3, "dog": 1}, [4000])
    assert text.split().count("a") / 4000 == pytest.approx(0.75, abs=0.03)
    assert unigram_texts({"a": 3, "dog": 1}, [3, 0, 5]) == unigram_texts({"a": 3, "dog": 1}, [3, 0, 5])


def test_the_ceiling_is_the_score_of_right_words_in_the_wrong_order():
    found = source_order_ceiling([text.split() for text in HEARD], [[text] for text in REFERENCES])
    assert found.bleu == pytest.approx(corpus_bleu(HEARD, [REFERENCES]).score)
    with pytest.raises(InputError, match="2 utterances"):
        source_order_ceiling([["a"], ["dog"]], [["a"]])
