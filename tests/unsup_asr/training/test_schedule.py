"""Learning rates over a training."""

import pytest

from unsup_asr.training.schedule import warmed_cosine, warmed_line


def test_a_line_up_and_a_line_down():
    shares = [warmed_line(step, 5, 25) for step in range(25)]
    assert shares[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert shares[5] == pytest.approx(1.0) and shares[15] == pytest.approx(0.5)
    assert shares[24] == pytest.approx(1 / 20)


def test_without_a_warm_up_it_stays():
    assert {warmed_line(step, 0, 100) for step in range(100)} == {1.0}


def test_a_cosine_peaks_after_a_twentieth_and_ends_near_zero():
    shares = [warmed_cosine(step, 100) for step in range(100)]
    assert max(range(100), key=shares.__getitem__) == 4
    assert shares[-1] < 1e-3
