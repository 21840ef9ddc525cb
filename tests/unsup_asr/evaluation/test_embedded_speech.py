"""Where keywords are heard."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.evaluation.embedded_speech import stretches


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.data())
def test_a_stretch_goes_as_far_as_nothing_breaks_it(inside, data):
    peak = data.draw(st.integers(0, len(inside) - 1))
    inside[peak] = True
    first = last = peak
    while first > 0 and inside[first - 1]:
        first -= 1
    while last + 1 < len(inside) and inside[last + 1]:
        last += 1
    found = stretches(torch.tensor([inside]), torch.tensor([peak]))
    assert found.tolist() == [[first, last + 1]]
