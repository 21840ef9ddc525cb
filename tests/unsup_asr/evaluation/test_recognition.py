"""Error rates against a brute-force edit distance; intervals against the binomial distribution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from unsup_asr.errors import InputError
from unsup_asr.evaluation.alignment import align
from unsup_asr.evaluation.bootstrap import bootstrap_interval, paired_bootstrap, resampled_sums
from unsup_asr.evaluation.recognition import (
    cer,
    character_errors,
    compare_wer,
    content_f1,
    content_wer,
    utterance_errors,
    wer,
    wer_interval,
    word_errors,
)

texts = st.lists(st.sampled_from(["a", "dog", "runs", "in"]), max_size=7).map(" ".join)
corpora = st.lists(st.tuples(texts, texts), max_size=5)


def edit_distance(reference: list[str] | str, hypothesis: list[str] | str) -> int:
    """The definition, recursively."""
    if not reference or not hypothesis:
        return len(reference) + len(hypothesis)
    changed = edit_distance(reference[1:], hypothesis[1:]) + (reference[0] != hypothesis[0])
    if reference[0] == hypothesis[0]:
        return changed
    return min(
        changed, 1 + edit_distance(reference[1:], hypothesis), 1 + edit_distance(reference, hypothesis[1:])
    )


@given(corpora)
def test_word_errors_are_the_least_possible(corpus: list[tuple[str, str]]) -> None:
    references, hypotheses = [r for r, _ in corpus], [h for _, h in corpus]
    least = [edit_distance(r.split(), h.split()) for r, h in corpus]
    counts = word_errors(references, hypotheses)
    assert counts.errors == sum(least)
    assert counts.reference_length == sum(len(r.split()) for r in references)
    assert utterance_errors(references, hypotheses)[:, 0].tolist() == least


@given(texts, texts)
def test_an_alignment_spells_both_sides(reference: str, hypothesis: str) -> None:
    steps = align(reference, hypothesis)
    assert " ".join(step.reference for step in steps if step.reference) == reference
    assert " ".join(step.hypothesis for step in steps if step.hypothesis) == hypothesis
    edits = sum(step.operation != "equal" for step in steps)
    assert edits == edit_distance(reference.split(), hypothesis.split())


def test_the_score_line_by_hand() -> None:
    counts = word_errors(["a dog runs fast", "two cats"], ["a cat runs", "the two cats"])
    assert counts.line() == "%WER 50.0 [ 3 / 6, 1 ins, 1 del, 1 sub ]"


def test_nothing_written_is_all_deleted_and_nothing_said_has_no_rate() -> None:
    assert wer(["a dog"], [""]) == 100
    assert word_errors([""], ["a"]).line() == "%WER n/a [ 1 / 0, 1 ins, 0 del, 0 sub ]"
    assert wer([], []) is None
    assert wer_interval([""], ["a"]) is None


def test_character_errors_count_spaces() -> None:
    assert character_errors(["a cat"], ["acat"]).deletions == 1
    assert cer(["abcd"], ["abxd"]) == 25


def test_unpaired_lists_are_refused() -> None:
    with pytest.raises(InputError, match="2 references but 1 hypotheses"):
        wer(["a", "b"], ["a"])


def test_content_words_are_kept_on_both_sides_before_alignment() -> None:
    content = frozenset({"dog", "grass", "runs"})
    references, hypotheses = ["a dog runs in the grass"], ["the dog of grass grass"]
    # dog runs grass / dog grass grass: one substitution; as bags, two of three match.
    assert content_wer(references, hypotheses, content) == pytest.approx(100 / 3)
    assert content_f1(references, hypotheses, content) == pytest.approx(100 * 2 * 2 / 6)
    assert content_f1(["the a"], ["dog"], content) is None


@pytest.mark.parametrize("wrong", [30, 200])
def test_interval_is_that_of_the_binomial_distribution(wrong: int) -> None:
    n = 400
    errors = np.arange(n) < wrong
    found = bootstrap_interval(errors, np.ones(n), resamples=20_000)
    low, high = 100 * binom.ppf([0.025, 0.975], n, wrong / n) / n
    assert found.low == pytest.approx(low, abs=0.26)
    assert found.high == pytest.approx(high, abs=0.26)


def test_resampling_keeps_the_number_of_utterances_and_the_variance() -> None:
    lengths = np.arange(50.0)
    sums = resampled_sums(np.stack([np.ones(50), lengths], axis=1), resamples=20_000)
    assert np.all(sums[:, 0] == 50)
    assert sums[:, 1].var() == pytest.approx(50 * lengths.var(), rel=0.05)


def test_a_system_does_not_differ_from_itself_and_does_from_a_worse_one() -> None:
    references = [f"w{i} x y z" for i in range(80)]
    good = [r if i % 10 else "no" for i, r in enumerate(references)]
    worse = [r if i % 2 else "no" for i, r in enumerate(references)]
    same, other = compare_wer(references, good, good), compare_wer(references, good, worse)
    assert (same.difference, same.p_value) == (0, 1)
    assert other.difference == pytest.approx(-40)
    assert other.p_value < 0.01 and other.interval.high < 0


def test_paired_test_is_calibrated_where_nothing_differs() -> None:
    """Two systems that err alike and at random differ at 5 % in about 5 % of the experiments."""
    generator = np.random.default_rng(0)
    draws = (generator.random((200, 2, 100)) < 0.3).astype(float)
    ones = np.ones(100)
    counts = [[np.stack([errors, ones], 1) for errors in pair] for pair in draws]
    p_values = [paired_bootstrap(*pair, resamples=200).p_value for pair in counts]
    assert 0.01 <= np.mean(np.array(p_values) < 0.05) <= 0.10
