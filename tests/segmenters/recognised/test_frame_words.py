"""The network over frames."""

import pytest
import torch

from segmenters.recognised.frame_words import FrameWords, FrameWordsConfig


@pytest.fixture
def model() -> FrameWords:
    torch.manual_seed(0)
    built = FrameWords(FrameWordsConfig(width=8), channels=4, hop=0.01, entries=5).eval()
    built.duration_mean.copy_(torch.rand(4) + 1)
    built.duration_deviation.copy_(torch.rand(4) + 0.2)
    return built


def test_outputs_come_at_the_hop_and_are_probabilities(model: FrameWords) -> None:
    out = model(torch.randn(2, 31, 4), [31, 20])
    assert model.hop == pytest.approx(0.02)
    assert out.shape == (2, 16, 13)
    assert torch.allclose(out.exp().sum(dim=-1), torch.ones(2, 16))


@pytest.mark.parametrize("length", [1, 7, 20])
def test_padding_changes_nothing(model: FrameWords, length: int) -> None:
    frames = torch.zeros(1, 31, 4)
    frames[:, :length] = torch.randn(length, 4)
    alone, padded = model(frames[:, :length], [length]), model(frames, [length])
    torch.testing.assert_close(padded[:, : model.outputs(length)], alone)


def test_an_encoder_that_is_slow_already_keeps_its_frames() -> None:
    slow = FrameWords(FrameWordsConfig(width=8), channels=4, hop=0.02, entries=5)
    assert slow.stride == 1
    assert slow(torch.randn(1, 31, 4), [31]).shape == (1, 31, 13)


def test_outputs_look_at_the_middle_of_their_stretch(model: FrameWords) -> None:
    frames = torch.zeros(1, 40, 4, requires_grad=True)
    model(frames, [40])[0, 10].sum().backward()
    touched = frames.grad.abs().sum(dim=-1)[0].nonzero().flatten()
    # Output 10 stands for frames 20 and 21.
    assert (touched.min() + touched.max()).item() == 20 + 21
