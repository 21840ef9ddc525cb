"""The language of tones, and encoders as the hub saves them."""

from pathlib import Path

import pytest
import torch
from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

from tests.conftest import TINY_MINI
from tests.unsup_asr.conftest import tiny_hubert, tone_model, tone_run

__all__ = ["tiny_hubert", "tiny_xls_r", "tone_model", "tone_run"]


@pytest.fixture(scope="session")
def tiny_xls_r(tmp_path_factory) -> Path:
    """The folder of a drawn wav2vec 2.0 of XLS-R's make, as transformers reads it."""
    folder = tmp_path_factory.mktemp("xls_r")
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    convolutions = {"conv_dim": (8, 8, 16), "conv_stride": (5, 8, 8), "conv_kernel": (10, 8, 8)}
    positions = {"num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2}
    make = {"do_stable_layer_norm": True, "feat_extract_norm": "layer", "conv_bias": True}
    config = Wav2Vec2Config(**sizes, **convolutions, **positions, **make)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        Wav2Vec2Model(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_mini() -> list[str]:
    """What makes the mini corpus and its CLIP tiny, as `key=value` words."""
    return [word for word in TINY_MINI if word.startswith(("data.", "miniature_clip."))]
