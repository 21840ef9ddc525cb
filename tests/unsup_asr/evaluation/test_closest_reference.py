"""Of several references the closest is taken, as an exhaustive comparison says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.errors import InputError
from unsup_asr.evaluation.closest_reference import closest_references
from unsup_asr.evaluation.recognition import wer

TEXTS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=6).map(" ".join)


@given(st.lists(st.tuples(st.lists(TEXTS, min_size=1, max_size=4), TEXTS), min_size=1, max_size=5))
def test_no_other_reference_is_closer(rows):
    references, hypotheses = [texts for texts, _ in rows], [text for _, text in rows]
    for texts, hypothesis, chosen in zip(
        references, hypotheses, closest_references(references, hypotheses), strict=True
    ):
        rates = [wer([text], [hypothesis]) for text in texts]
        assert chosen == texts[rates.index(min(rates))]


def test_nothing_written_is_as_far_from_all():
    assert closest_references([["a b", "c"], ["d"]], ["", "d"]) == ["a b", "d"]


def test_texts_without_a_partner_are_refused():
    with pytest.raises(InputError):
        closest_references([["a"]], [])
