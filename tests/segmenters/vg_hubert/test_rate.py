"""The quantile that gives a rate of words."""

import numpy as np
import pytest
import torch

from segmenters.errors import SegmentationError
from segmenters.speech import Speech
from segmenters.vg_hubert.attention import AttentionConfig
from segmenters.vg_hubert.config import VGHubertConfig, plain_hubert_config
from segmenters.vg_hubert.model import VGHubert
from segmenters.vg_hubert.rate import quantile_at_rate
from segmenters.vg_hubert.segmenter import VGHubertSegmenter, VGHubertSegmenterConfig


@pytest.fixture(scope="module")
def model() -> VGHubert:
    torch.manual_seed(0)
    hubert = plain_hubert_config(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        conv_dim=(16, 16),
        conv_kernel=(40, 16),
        conv_stride=(20, 16),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
        feat_extract_norm="layer",
    )
    return VGHubert(VGHubertConfig(hubert)).eval()


def speech() -> list[Speech]:
    noise = np.random.default_rng(1)
    lengths = (16000, 24000, 20000, 31000)
    return [Speech(str(n), noise.normal(0, 0.1, n).astype(np.float32), 16000) for n in lengths]


def rate_at(model: VGHubert, quantile: float) -> float:
    config = VGHubertSegmenterConfig(AttentionConfig(layer=1, quantile=quantile))
    found = VGHubertSegmenter(model, config).segment(speech())
    return sum(len(s.spans) for s in found) / sum(s.duration for s in found)


@pytest.mark.parametrize("planted", [0.2, 0.35, 0.7, 0.9])
def test_a_quantile_is_found_again_by_the_rate_of_its_segments(model: VGHubert, planted: float) -> None:
    wanted = rate_at(model, planted)
    assert rate_at(model, quantile_at_rate(model, 1, speech(), wanted)) == wanted


def test_the_nearest_rate_is_taken_where_none_fits(model: VGHubert) -> None:
    rates = [rate_at(model, float(q)) for q in np.arange(0.1, 0.951, 0.025)]
    assert rate_at(model, quantile_at_rate(model, 1, speech(), 1000.0)) == max(rates)


@pytest.mark.parametrize(("utterances", "rate"), [([], 3.0), (speech(), 0.0), (speech(), float("nan"))])
def test_nothing_to_tell_it_by_is_refused(model: VGHubert, utterances: list[Speech], rate: float) -> None:
    with pytest.raises(SegmentationError, match="tell no quantile"):
        quantile_at_rate(model, 1, utterances, rate)
