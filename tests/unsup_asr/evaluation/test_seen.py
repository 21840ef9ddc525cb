import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.evaluation.recognition import word_errors
from unsup_asr.evaluation.seen import seen_in_captions

sentences = st.lists(st.sampled_from(["a", "dog", "cat"]), min_size=1, max_size=3).map(" ".join)


def test_by_hand():
    references = ["a dog", "a cat", "two dogs run", "a dog"]
    written = ["a dog", "a dog", "two cats run", "dog"]
    found = seen_in_captions(references, written, {"a dog", "a cat", "other"})
    assert found.share == 75
    assert found.wer_seen == pytest.approx(100 * 2 / 6)
    assert found.wer_unseen == pytest.approx(100 / 3)


def test_where_one_part_is_empty_it_has_no_rate():
    found = seen_in_captions(["a dog"], ["a dog"], {"a dog"})
    assert (found.share, found.wer_seen, found.wer_unseen) == (100, 0, None)
    assert seen_in_captions(["a dog"], [""], set()).wer_unseen == 100
    assert seen_in_captions([], [], {"a dog"}) is None


@given(st.lists(st.tuples(sentences, sentences), min_size=1, max_size=8), st.sets(sentences))
def test_both_parts_make_up_the_whole(pairs, captions):
    references, written = [r for r, _ in pairs], [w for _, w in pairs]
    found = seen_in_captions(references, written, captions)
    lengths = [sum(len(r.split()) for r in references if (r in captions) == seen) for seen in (True, False)]
    rates = [found.wer_seen, found.wer_unseen]
    errors = sum(rate * n / 100 for rate, n in zip(rates, lengths, strict=True) if rate is not None)
    assert errors == pytest.approx(word_errors(references, written).errors)
    assert found.share == pytest.approx(100 * sum(r in captions for r in references) / len(pairs))
