"""States out of a cache come in the order that is asked for, and the cache knows its size."""

import torch

from unsup_asr.encoders.feature_cache import FeatureCache
from unsup_asr.encoders.state_sources import CachedStates


def test_cached_states_are_those_of_the_rows(tmp_path):
    heard = [torch.randn(2, frames, 3).half() for frames in (4, 6, 5)]
    cache = FeatureCache(tmp_path)
    cache.write((str(row), states) for row, states in enumerate(heard))
    source = CachedStates(cache, ["2", "0", "1"], "cpu")
    found = source.states(torch.tensor([2, 0]))
    assert found.lengths.tolist() == [6, 5] and found.values.shape == (2, 2, 6, 3)
    assert torch.equal(found.values[0], heard[1].float())
    assert torch.equal(found.values[1, :, :5], heard[2].float()) and not found.values[1, :, 5:].any()
    assert source.on_disk() >= sum(states.nbytes for states in heard)
