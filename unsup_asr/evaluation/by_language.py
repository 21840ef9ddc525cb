"""The figures of each language, where a test set has several."""

from collections.abc import Set
from dataclasses import replace

from unsup_asr.evaluation.results import LanguageResult, Results
from unsup_asr.evaluation.scoring import TestSet, with_text_scores


def with_language_scores(results: Results, test: TestSet, content: Set[str]) -> Results:
    """Fill in the figures of each language apart; of one language alone they are those of the run.

    Args:
        results: of the same run.
        test: references and hypotheses.
        content: the content words; see `content_words`.
    """
    languages = dict.fromkeys(utterance.lang for utterance in test.utterances)
    if len(languages) < 2:
        return results
    return replace(results, by_language=tuple(_scored(results, test, each, content) for each in languages))


def _scored(results: Results, test: TestSet, language: str, content: Set[str]) -> LanguageResult:
    """What the run's figures would be, had its test set been in this language alone."""
    own = test.where(lambda utterance: utterance.lang == language)
    found = with_text_scores(results, own, content)
    if not (n_test := len(own.referenced.utterances)):
        return LanguageResult(language, 0)
    return LanguageResult(
        language,
        n_test,
        found.wer,
        found.bleu,
        found.chrf,
        found.content_f1,
        found.chance_wer,
        found.chance_bleu,
    )
