"""Frame scores: every output is explained once, by the third of the word that it lies in."""

import pytest
import torch
from torch.distributions import Normal

from segmenters.recognised.frame_words import FrameWords, FrameWordsConfig, by_state, span_scores, state_at


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


@pytest.mark.parametrize("outputs", range(1, 12))
def test_thirds_are_in_order_and_alike_in_length(outputs: int) -> None:
    states = state_at(outputs, torch.arange(outputs))
    counts = torch.bincount(states, minlength=3)
    assert states.tolist() == sorted(states.tolist())
    assert counts.max() - counts.min() <= 1


def test_durations_are_log_normal_up_to_constants(model: FrameWords) -> None:
    outputs = torch.tensor([1.0, 4.0, 30.0])
    density = Normal(model.duration_mean, model.duration_deviation).log_prob(outputs.log()[:, None])
    apart = density - model.duration_scores(outputs)
    assert torch.allclose(apart, apart[0, 0].expand_as(apart), atol=1e-5)


def test_span_scores_are_those_of_their_frames_one_by_one(model: FrameWords) -> None:
    evidence = torch.randn(2, 20, 13)
    evidence[1, 14:] = 0
    edges = torch.tensor([[0, 3, 5, 11, 20], [0, 1, 9, 14, 14]])
    scale, bonuses = 0.3, torch.randn(5)
    found = span_scores(evidence, edges, 3, model, scale, longest=0.25, bonuses=bonuses)
    for utterance in range(2):
        null, *thirds = by_state(evidence[utterance])
        for slot in range(4):
            for length in range(min(3, slot + 1)):
                begin, end = int(edges[utterance, slot - length]), int(edges[utterance, slot + 1])
                got = found[utterance, slot, length]
                if end == begin or (length and (end - begin) * 0.02 > 0.25):
                    assert (got == float("-inf")).all()
                    continue
                states = state_at(end - begin, torch.arange(end - begin)).tolist()
                words = sum(thirds[state][begin + place] for place, state in enumerate(states))
                durations = model.duration_scores(torch.tensor(float(end - begin)))
                assert torch.allclose(got[1:], scale * words + durations + bonuses[1:], atol=1e-5)
                assert torch.allclose(got[0], scale * null[begin:end].sum(), atol=1e-5)
