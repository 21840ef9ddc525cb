"""Words that hypotheses share are as probable as these together."""

import pytest

from unsup_asr.decoding.hypothesis import Alternative
from unsup_asr.decoding.word_votes import word_votes


def test_a_word_has_the_share_of_the_hypotheses_that_have_it_in_its_place():
    hypotheses = [["a", "red", "dog"], ["a", "big", "dog"], ["the", "red", "dog", "runs"], ["dog"]]
    first, second, third = word_votes(hypotheses, [0.5, 0.3, 0.15, 0.05])
    assert first.probability == pytest.approx(0.8)
    assert second.probability == pytest.approx(0.65)
    assert third.probability == pytest.approx(1.0)
    assert first.alternatives == (Alternative("the", 0.15),)
    assert second.alternatives == (Alternative("big", 0.3),)
    assert third.alternatives == ()


def test_one_hypothesis_is_certain_and_none_of_no_words():
    assert [vote.probability for vote in word_votes([["a", "dog"]], [1.0])] == [1.0, 1.0]
    assert word_votes([[], ["a"]], [0.6, 0.4]) == []


def test_few_alternatives_are_told_the_likeliest_first():
    hypotheses = [["a"], *[[word] for word in "bcdef"]]
    (vote,) = word_votes(hypotheses, [0.5, 0.05, 0.2, 0.1, 0.1495, 0.0005])
    assert [other.word for other in vote.alternatives] == ["c", "e", "d"]
