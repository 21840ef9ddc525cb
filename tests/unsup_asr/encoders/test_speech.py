"""Encoders by name."""

import os

import pytest
import torch
from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.encoders.speech import load_encoder, portable_name


@pytest.fixture(scope="module")
def hubert(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "hubert"
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
    convolutions = {"conv_dim": (8,) * 7, "num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2}
    HubertModel(HubertConfig(**sizes, **convolutions)).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return folder


def test_log_mel_is_of_the_configuration_given():
    encoder = load_encoder("log_mel", LogMelConfig(mels=13, hop=320))
    assert isinstance(encoder, LogMelEncoder)
    assert encoder.channels == 13
    assert encoder.frame_times(3).tolist() == [0.0, 0.02, 0.04]


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_layer_is_named_behind_a_colon(hubert, layer):
    samples = torch.randn(4000, generator=torch.Generator().manual_seed(0))
    encoder = load_encoder(f"{hubert}:{layer}", LogMelConfig())
    model = HubertModel.from_pretrained(hubert).eval()
    extracted = Wav2Vec2FeatureExtractor()(samples.numpy(), sampling_rate=16000, return_tensors="pt")
    with torch.no_grad():
        states = model(extracted.input_values, output_hidden_states=True).hidden_states
    torch.testing.assert_close(encoder.encode(samples), states[layer][0], atol=1e-4, rtol=1e-3)


def test_without_a_layer_the_last_one_speaks(hubert):
    samples = torch.randn(4000, generator=torch.Generator().manual_seed(0))
    last, second = (load_encoder(name, LogMelConfig()) for name in (str(hubert), f"{hubert}:2"))
    torch.testing.assert_close(last.encode(samples), second.encode(samples))


def test_portable_names_hold_from_anywhere(hubert, monkeypatch):
    monkeypatch.chdir(hubert.parent)
    assert portable_name("hubert") == os.fspath(hubert.resolve())
    assert portable_name("hubert:1") == f"{hubert.resolve()}:1"
    assert portable_name("log_mel") == "log_mel"
    assert portable_name("facebook/hubert-base-ls960:9") == "facebook/hubert-base-ls960:9"
