"""Batches of hidden states: padding, and stretches cut out of them."""

import torch

from unsup_asr.data.spoken_states import States, pad_states

L, D = 2, 3


def utterance(frames: int) -> torch.Tensor:
    """States that tell which frame they are of."""
    return torch.arange(frames, dtype=torch.float16)[None, :, None].expand(L, frames, D)


def test_utterances_are_padded_with_zeros_in_single_precision():
    states = pad_states([utterance(4), utterance(2)])
    assert states.values.shape == (2, L, 4, D) and states.values.dtype == torch.float32
    assert states.lengths.tolist() == [4, 2]
    assert torch.equal(states.values[1, :, :2], utterance(2).float()) and not states.values[1, :, 2:].any()


def test_a_crop_is_a_stretch_of_the_utterance_from_anywhere():
    torch.manual_seed(0)
    states, begins = pad_states([utterance(10), utterance(3)]), set()
    for _ in range(100):
        cropped = states.cropped(4)
        assert cropped.values.shape == (2, L, 4, D) and cropped.lengths.tolist() == [4, 3]
        first = cropped.values[0, 0, :, 0]
        assert torch.equal(first, first[0] + torch.arange(4.0))
        assert torch.equal(cropped.values[1, 0, :3, 0], torch.arange(3.0))
        begins.add(int(first[0]))
    assert begins == set(range(7))


def test_what_is_short_enough_stays_whole():
    states = pad_states([utterance(3)])
    assert states.cropped(5) is states
    assert isinstance(states.to("cpu"), States)
