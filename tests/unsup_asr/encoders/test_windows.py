from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.encoders.windows import Window, windows


def test_a_short_recording_is_heard_whole():
    assert windows(100, 100, 10) == [Window(0, 100, 0, 100)]


def test_neighbours_decide_about_each_others_edges():
    first, second, third = windows(250, 100, 10)
    assert first == Window(0, 100, 0, 90)
    assert second == Window(80, 180, 90, 160)
    assert third == Window(150, 250, 160, 250)
    assert third.kept == slice(10, 100)


@given(total=st.integers(1, 5000), context=st.integers(0, 40), more=st.integers(1, 300))
def test_every_frame_is_decided_once_and_has_its_context(total, context, more):
    length = 2 * context + more
    found = windows(total, length, context)
    assert [frame for each in found for frame in range(each.first, each.last)] == list(range(total))
    for each in found:
        assert each.stop - each.start == min(length, total)
        assert each.first - each.start >= context or each.start == each.first == 0
        assert each.stop - each.last >= context or each.stop == each.last == total
