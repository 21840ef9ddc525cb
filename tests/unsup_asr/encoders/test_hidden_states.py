"""Batches against transformers itself, one utterance at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from tests.unsup_asr.encoders.tiny_speech_models import KINDS, noise, tiny_model
from unsup_asr.encoders.hidden_states import hidden_states
from unsup_asr.encoders.transformers_speech import TransformersSpeechEncoder

LENGTHS = [9999, 4000, 700, 16001, 4000, 12345]


def own_states(model, waveform):
    """What transformers gives for one utterance alone."""
    with torch.no_grad():
        output = model(waveform[None], output_hidden_states=True)
    return [state[0] for state in output.hidden_states], output.last_hidden_state[0]


@pytest.mark.parametrize("kind", KINDS)
def test_no_padding_reaches_a_frame(kind):
    model = tiny_model(kind)
    encoder = TransformersSpeechEncoder(model, do_normalize=False)
    waveforms = [encoder.prepare(noise(length, seed)) for seed, length in enumerate(LENGTHS)]
    lengths = [encoder.frames(len(waveform)) for waveform in waveforms]
    with torch.no_grad():
        heard = hidden_states(model, waveforms, lengths)
    assert len(heard.states) == encoder.states == 4
    for at, (waveform, length) in enumerate(zip(waveforms, lengths, strict=True)):
        states, output = own_states(model, waveform)
        assert len(output) == length
        torch.testing.assert_close(heard.output[at, :length], output, atol=1e-5, rtol=1e-5)
        for ours, theirs in zip(heard.states, states, strict=True):
            torch.testing.assert_close(ours[at, :length], theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["hubert_base", "wav2vec2_base", "wavlm", "data2vec", "hubert_25_hz"])
def test_the_trap_is_there(kind):
    """Padding and masking alone, as transformers documents it, changes the frames of these models."""
    model = tiny_model(kind)
    short, long = noise(4000), noise(16000, seed=1)
    padded = torch.stack([torch.nn.functional.pad(short, (0, 12000)), long])
    mask = torch.arange(16000) < torch.tensor([[4000], [16000]])
    with torch.no_grad():
        batch = model(padded, attention_mask=mask.long()).last_hidden_state[0]
    _, alone = own_states(model, short)
    assert (batch[: len(alone)] - alone).abs().max() > 1e-3


def test_utterances_of_one_length_are_those_of_transformers_to_the_bit():
    model = tiny_model("hubert_base")
    waveforms = [noise(8000, seed) for seed in range(3)]
    with torch.no_grad():
        heard = hidden_states(model, waveforms, [24] * 3)
        theirs = model(torch.stack(waveforms), output_hidden_states=True)
    assert torch.equal(heard.output, theirs.last_hidden_state)
    assert all(map(torch.equal, heard.states, theirs.hidden_states))


def test_nothing_stays_hooked_to_the_model():
    model = tiny_model("hubert_base")
    with torch.no_grad():
        hidden_states(model, [noise(8000)], [24])
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_threads_do_not_record_each_others_states():
    encoder = TransformersSpeechEncoder(tiny_model("hubert_base"), do_normalize=True)
    waveforms = [noise(4000 + 800 * (number % 5), number) for number in range(40)]
    alone = [encoder.encode(waveform) for waveform in waveforms]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(encoder.encode, waveforms))
    assert all(torch.equal(one, other) for one, other in zip(alone, together, strict=True))
