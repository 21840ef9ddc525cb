from dataclasses import replace
from pathlib import Path

import pytest
from sacrebleu import corpus_bleu

from unsup_asr.data.manifest import Utterance
from unsup_asr.decoding.hypothesis import DecodedWord, Hypothesis
from unsup_asr.errors import InputError
from unsup_asr.evaluation.reference_agreement import reference_agreement
from unsup_asr.evaluation.scoring import TestSet
from unsup_asr.evaluation.translation_stages import (
    TranslationFigures,
    invented_share,
    read_translation_figures,
    score_stages,
    unigram_texts,
    write_translation_figures,
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


def figures_of(tests: dict[str, TestSet], **more) -> TranslationFigures:
    nearest = {f"u{k}": ["a", "dog"] for k in range(len(HEARD))}
    return score_stages(tests, CONTENT, {"a": 3, "dog": 1}, nearest, **more)


def test_stages_are_scored_as_sacrebleu_does_beside_chance():
    figures = figures_of({"self_training": scored_set(HEARD), "denoised": scored_set(REFERENCES)})
    assert [stage.stage for stage in figures.stages] == ["self_training", "denoised"]
    before, after = figures.stages
    assert before.bleu == pytest.approx(corpus_bleu(HEARD, [REFERENCES]).score)
    assert after.bleu == pytest.approx(100)
    assert after.chance_bleu < 40
    assert (before.invented, after.invented) == (0, 0)
    assert figures.unigram is not None and figures.unigram.bleu < 10


def test_controls_are_scored_as_what_is_written():
    """Utterance by utterance, whatever order they come in."""
    words = {f"u{k}": text.split() for k, text in reversed(list(enumerate(HEARD)))}
    figures = figures_of({"denoised": scored_set(REFERENCES)}, source_order=words)
    assert figures.source_order is not None and figures.nearest_caption is not None
    assert figures.source_order.bleu == pytest.approx(corpus_bleu(HEARD, [REFERENCES]).score)
    assert figures.nearest_caption.bleu == pytest.approx(corpus_bleu(["a dog"] * 3, [REFERENCES]).score)
    assert figures_of({"denoised": scored_set(REFERENCES)}).source_order is None


def test_references_agree_where_there_are_several():
    assert figures_of({"denoised": scored_set(REFERENCES)}).agreement is None
    test = scored_set(REFERENCES)
    first, *others = test.utterances
    several = [replace(first, translations=("a big dog under a tree", "the dog under the tree")), *others]
    found = figures_of({"denoised": TestSet(several, test.hypotheses)}).agreement
    assert found == reference_agreement([["a big dog under a tree", "the dog under the tree"]])


@pytest.mark.parametrize("texts", [("a big dog",), ("a big dog under a tree", "the dog under the tree")])
def test_figures_are_read_as_they_were_written(tmp_path, texts):
    test = scored_set(REFERENCES)
    several = [replace(each, translations=texts) for each in test.utterances]
    figures = figures_of({"denoised": TestSet(several, test.hypotheses)})
    assert (figures.agreement is None) == (len(texts) == 1)
    write_translation_figures(tmp_path, figures)
    assert read_translation_figures(tmp_path) == figures


def test_a_run_that_does_not_translate_has_none_and_other_fields_are_named(tmp_path):
    assert read_translation_figures(tmp_path) is None
    write_translation_figures(tmp_path, TranslationFigures())
    path = tmp_path / "scored" / "translation.json"
    path.write_text(path.read_text().replace("unigram", "bigram"))
    with pytest.raises(InputError, match=r"lacks \['unigram'\] and has unknown \['bigram'\]"):
        read_translation_figures(tmp_path)


def test_without_references_there_are_no_figures():
    assert figures_of({"denoised": scored_set(HEARD, translated=False)}) == TranslationFigures()


def test_unigram_texts_follow_the_frequencies():
    (text,) = unigram_texts({"a": 3, "dog": 1}, [4000])
    assert text.split().count("a") / 4000 == pytest.approx(0.75, abs=0.03)
    assert unigram_texts({"a": 3, "dog": 1}, [3, 0, 5]) == unigram_texts({"a": 3, "dog": 1}, [3, 0, 5])
