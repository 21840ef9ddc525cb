import pytest
import torch

from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.errors import UsageError
from unsup_asr.hidden_layers import HiddenLayer, load_layers


def test_a_layer_is_counted_from_either_end(tiny_hubert):
    layers, waveform = load_layers(str(tiny_hubert)), torch.sin(torch.arange(8000) / 5)
    every = layers([waveform])[0]
    for index in range(-3, 3):
        torch.testing.assert_close(HiddenLayer(layers, index)(waveform), every[index][0])
    assert (HiddenLayer(layers, 0).rate, HiddenLayer(layers, 0).hop) == (16000, 0.02)


@pytest.mark.parametrize("index", [3, -4])
def test_a_layer_that_is_not_there_is_named(tiny_hubert, index):
    with pytest.raises(UsageError, match=f"layer {index} is asked for, the model has 3"):
        HiddenLayer(load_layers(str(tiny_hubert)), index)(torch.zeros(8000))


def test_an_encoder_without_weights_has_one_layer():
    layers, waveform = load_layers("log_mel"), torch.sin(torch.arange(8000) / 5)
    [[frames]] = layers([waveform])[0]
    torch.testing.assert_close(frames, LogMelEncoder(LogMelConfig()).encode(waveform))
    assert layers.modules == []
