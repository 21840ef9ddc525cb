"""Keywords get the mean and deviation of the token embeddings, each dimension its own."""

import pytest
import torch

from unsup_asr.models.speech_clip.keyword_norm import KeywordNorm

B, K, W, V = 64, 3, 4, 50


@pytest.fixture
def table() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(V, W) * torch.tensor([1.0, 2.0, 3.0, 4.0]) + torch.tensor([10.0, 20.0, 30.0, 40.0])


@pytest.mark.parametrize("count", [K, None])
def test_normalised_keywords_have_the_tables_statistics(table, count):
    norm = KeywordNorm(table, count)
    keywords = norm(7 * torch.randn(B, K, W) + 3, torch.ones(B, K, dtype=torch.bool))
    for each in keywords.unbind(dim=1) if count else [keywords.flatten(0, 1)]:
        torch.testing.assert_close(each.mean(dim=0), table.mean(dim=0), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(each.std(dim=0, correction=0), table.std(dim=0), atol=1e-3, rtol=1e-3)


def test_dimension_w_of_keyword_k_is_channel_w_times_k(table):
    """So that published statistics keep their places."""
    norm = KeywordNorm(table, K).eval()
    norm.running_mean.copy_(torch.arange(W * K))
    keywords = norm(torch.zeros(1, K, W), torch.ones(1, K, dtype=torch.bool))
    for k in range(K):
        for w in range(W):
            channel = w * K + k
            expected = norm.bias[channel] - channel * norm.weight[channel] / (1 + norm.eps) ** 0.5
            assert float(keywords[0, k, w].detach()) == pytest.approx(float(expected.detach()), rel=1e-4)


def test_where_none_stands_nothing_counts(table):
    norm, other = KeywordNorm(table, None), KeywordNorm(table, None)
    torch.manual_seed(1)
    heard, mask = torch.randn(B, K, W), torch.rand(B, K) < 0.6
    keywords = norm(heard, mask)
    alike = other(heard.masked_fill(~mask[..., None], 1e4), mask)
    torch.testing.assert_close(keywords, alike)
    torch.testing.assert_close(norm.running_mean, other.running_mean)
    assert not keywords[~mask].any()
