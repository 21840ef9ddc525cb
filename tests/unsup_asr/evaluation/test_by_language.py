"""Each language is scored as if the others were not there."""

from dataclasses import replace

from tests.unsup_asr.evaluation.test_scoring import CONTENT, EMPTY, hypothesis, utterance
from unsup_asr.evaluation.by_language import with_language_scores
from unsup_asr.evaluation.results import LanguageResult, read_results, write_results
from unsup_asr.evaluation.scoring import TestSet, with_text_scores

ENGLISH = TestSet(
    [utterance(0, "a red dog runs"), utterance(1, "the cat sleeps")],
    [hypothesis(0, "a dog"), hypothesis(1, "the cat sleeps")],
)
HINDI = TestSet(
    [
        utterance(n, "कुत्ता", translations=(text,), lang="hi")
        for n, text in enumerate(["a red dog", "the cat runs"])
    ],
    [hypothesis(0, "a red dog"), hypothesis(1, "the dog runs")],
)
SILENT = TestSet([utterance(5, "いぬ", lang="ja")], [hypothesis(5, "a dog")])


def together(*tests: TestSet) -> TestSet:
    """Utterances of several languages, by turns."""
    rows = [row for test in tests for row in zip(test.utterances, test.hypotheses, strict=True)]
    return TestSet([rows[k][0] for k in _turns(rows)], [rows[k][1] for k in _turns(rows)])


def _turns(rows: list) -> list[int]:
    return [*range(0, len(rows), 2), *range(1, len(rows), 2)]


def test_each_language_has_the_figures_that_it_has_alone(tmp_path):
    found = with_language_scores(EMPTY, together(ENGLISH, HINDI, SILENT), CONTENT)
    assert found.by_language is not None
    alone = {"en": with_text_scores(EMPTY, ENGLISH, CONTENT), "hi": with_text_scores(EMPTY, HINDI, CONTENT)}
    by_language = {each.language: each for each in found.by_language}
    assert by_language["ja"] == LanguageResult("ja", 0)
    for language, expected in alone.items():
        own = by_language[language]
        assert own.n_test == 2 and own.wer is not None and own.wer > 0
        for name in ("wer", "bleu", "chrf", "content_f1", "chance_wer", "chance_bleu"):
            assert getattr(own, name) == getattr(expected, name), name
    assert replace(found, by_language=None) == EMPTY
    write_results(tmp_path / "results.json", found)
    assert read_results(tmp_path / "results.json") == found


def test_one_language_has_the_figures_of_the_run():
    assert with_language_scores(EMPTY, HINDI, CONTENT) == EMPTY
