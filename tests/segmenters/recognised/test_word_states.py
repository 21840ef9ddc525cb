"""Frame scores: every output is explained once, by the third of the word that it lies in."""

import pytest
import torch
from torch.distributions import Normal

from segmenters.recognised.frame_words import FrameWords, FrameWordsConfig
from segmenters.recognised.word_states import by_state, candidate_scores, state_at


@pytest.fixture
def model() -> FrameWords:
    torch.manual_seed(0)
    built = FrameWords(FrameWordsConfig(width=8), channels=4, hop=0.01, entries=5).eval()
    built.duration_mean.copy_(torch.rand(4) + 1)
    built.duration_deviation.copy_(torch.rand(4) + 0.2)
    return built


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
    scale = 0.3
    found = candidate_scores(evidence, edges, 3, model, scale, longest=0.25)
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
                assert torch.allclose(got[1:], scale * words + durations, atol=1e-5)
                assert torch.allclose(got[0], scale * null[begin:end].sum(), atol=1e-5)
