"""Shortlists keep the best scores of each segment."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.data.shortlist import Shortlist


@given(st.integers(1, 6), st.integers(1, 80))
def test_the_best_scores_stay_and_the_others_get_the_last_of_them(segments: int, size: int):
    scores = torch.randn(segments, size, generator=torch.Generator().manual_seed(size))
    rows = torch.arange(segments)[:, None]
    dense = Shortlist.of(scores).dense(rows)[:, 0]
    least = scores.sort(dim=1, descending=True).values[:, min(size, 32) - 1, None]
    torch.testing.assert_close(dense, torch.where(scores >= least, scores, least))


def test_parts_are_joined_in_order():
    scores = torch.randn(5, 40)
    joined = Shortlist.joined([Shortlist.of(scores[:2]), Shortlist.of(scores[2:])])
    rows = torch.arange(5)
    assert torch.equal(joined.dense(rows), Shortlist.of(scores).dense(rows))
