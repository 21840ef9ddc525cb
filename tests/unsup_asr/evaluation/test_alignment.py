from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.evaluation.alignment import align, align_all

texts = st.lists(st.sampled_from(["a", "dog", "runs"]), max_size=6).map(" ".join)


@given(st.lists(st.tuples(texts, texts), max_size=5))
def test_together_they_are_aligned_as_alone(pairs):
    together = align_all([r for r, _ in pairs], [h for _, h in pairs])
    assert [list(steps) for steps in together] == [list(align(r, h)) for r, h in pairs]


@given(texts)
def test_a_text_is_itself(text):
    steps = align(text, text)
    assert [step.operation for step in steps] == ["equal"] * len(text.split())
