"""Loaded the two ways in which S3PRL loads upstreams, and used as its featurizer uses them."""

import importlib
import shutil
from pathlib import Path

import pytest
import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import HubertModel

import unsup_asr.superb
from unsup_asr.errors import InputError
from unsup_asr.hidden_layers import load_layers
from unsup_asr.speech_clip import SpeechClipModel
from unsup_asr.superb.hubconf import unsup_asr_local

FOLDER = Path(unsup_asr.superb.__file__).parent


@pytest.fixture
def wavs() -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [0.1 * torch.randn(n) for n in (9000, 16000, 4000)]


def by_torch_hub(folder: Path, ckpt: str) -> torch.nn.Module:
    return torch.hub.load(str(folder), "unsup_asr_local", ckpt, source="local")


def as_in_hub(ckpt: str) -> torch.nn.Module:
    """S3PRL's hub.py takes every public callable of a hubconf; its runner names these arguments."""
    entries = {}
    exec("from unsup_asr.superb.hubconf import *", entries)
    [entry] = [value for name, value in entries.items() if name[0] != "_" and callable(value)]
    return entry(ckpt=ckpt, model_config=None, refresh=False).to("cpu")


def test_both_ways_give_the_layers_of_the_model(each_kind, wavs):
    expected, lengths = SpeechClipModel.from_pretrained(each_kind).hidden_states(wavs)
    for upstream in (by_torch_hub(FOLDER, str(each_kind)), as_in_hub(str(each_kind))):
        found = upstream(wavs)
        assert len(found["hidden_states"]) == len(expected)
        for state, other in zip(found["hidden_states"], expected, strict=True):
            for row, frames in enumerate(lengths.tolist()):
                torch.testing.assert_close(state[row, :frames], other[row, :frames])
                assert (state[row, frames:] == 0).all()
        assert found["last_hidden_state"] is found["hidden_states"][-1]


def test_the_encoders_layers_come_first_and_the_models_own_last(speech_clip, tiny_hubert, wavs):
    states = unsup_asr_local(str(speech_clip))([wavs[0]])["hidden_states"]
    with torch.no_grad():
        hubert = HubertModel.from_pretrained(tiny_hubert).eval()
        own = hubert(wavs[0][None], output_hidden_states=True).hidden_states
    assert len(states) == len(own) + 2
    for state, other in zip(states, own, strict=False):
        torch.testing.assert_close(state, other, atol=1e-5, rtol=1e-4)
    network = SpeechClipModel.from_pretrained(speech_clip).network
    share = network.layer_sum.weights.softmax(dim=0)
    torch.testing.assert_close(
        states[-2], sum(w * s for w, s in zip(share, own, strict=True)), atol=1e-5, rtol=1e-4
    )


def test_what_s3prl_does_with_it(speech_clip, wavs):
    """Its featurizer stacks the layers, sums them, and cuts frames by the downsampling rate."""
    upstream = unsup_asr_local(str(speech_clip)).eval()
    stacked = torch.stack(list(upstream(wavs)["hidden_states"]))
    rate = upstream.get_downsample_rates("hidden_states")
    assert rate == 320
    assert len(stacked) == 5 and abs(stacked.shape[2] - round(16000 / rate)) < 5
    # The shortest that S3PRL gives; its featurizer looks for round(800 / 320) frames, give or take a few.
    short = upstream([torch.zeros(800)])["hidden_states"]
    assert {state.shape[:2] for state in short} == {(1, 1)}


def test_others_in_the_batch_do_not_matter(speech_clip, wavs):
    upstream = unsup_asr_local(str(speech_clip))
    together, alone = upstream(wavs)["hidden_states"], upstream(wavs[2:])["hidden_states"]
    for state, other in zip(together, alone, strict=True):
        torch.testing.assert_close(state[2, : other.shape[1]], other[0], atol=1e-5, rtol=1e-4)


def test_it_stays_frozen_and_without_dropout(speech_clip, wavs):
    upstream = unsup_asr_local(str(speech_clip)).train()
    assert not upstream.training and not any(module.training for module in upstream.modules())
    parameters = list(upstream.parameters())
    assert parameters and not any(parameter.requires_grad for parameter in parameters)
    first, again = (upstream(wavs)["last_hidden_state"] for _ in range(2))
    assert torch.equal(first, again) and not first.requires_grad


def test_its_weights_move_with_it(speech_clip, wavs):
    """As S3PRL's .to(device) wants it; halves show it where there is one device alone."""
    upstream = unsup_asr_local(str(speech_clip))
    upstream.to(torch.float64)
    kinds = {parameter.dtype for module in upstream.layers.modules for parameter in module.parameters()}
    assert kinds == {torch.float64}


def test_a_speech_encoder_is_an_upstream_too(tiny_hubert, wavs):
    upstream = unsup_asr_local(str(tiny_hubert))
    states = upstream(wavs)["hidden_states"]
    layers, lengths = load_layers(str(tiny_hubert))(wavs)
    assert len(states) == 3 and states[0].shape[1] == max(lengths)
    assert all(torch.equal(state, layer) for state, layer in zip(states, layers, strict=True))


def test_the_log_mel_encoder_is_one_of_its_own_rate(wavs):
    upstream = unsup_asr_local("log_mel")
    [frames] = upstream(wavs)["hidden_states"]
    rate = upstream.get_downsample_rates("hidden_states")
    assert abs(frames.shape[1] - round(16000 / rate)) < 5
    assert pad_sequence(wavs).shape[0] == 16000


def test_a_run_stands_for_its_model(run_of_speech_clip, wavs):
    of_run, of_model = (
        load_layers(str(path))(wavs)[0] for path in (run_of_speech_clip, run_of_speech_clip / "model")
    )
    assert all(torch.equal(one, other) for one, other in zip(of_run, of_model, strict=True))


def test_the_hubconf_works_from_anywhere(speech_clip, tmp_path, wavs):
    """As S3PRL's own folders of upstreams, or a snapshot of a hub, would hold it."""
    shutil.copytree(FOLDER, tmp_path / "upstream" / "ours")
    upstream = by_torch_hub(tmp_path / "upstream" / "ours", str(speech_clip))
    assert len(upstream(wavs)["hidden_states"]) == 5


def test_no_model_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"nowhere"):
        unsup_asr_local(str(tmp_path / "nowhere"))


def test_another_sampling_rate_is_refused(monkeypatch):
    expert = importlib.import_module("unsup_asr.superb.expert")
    layers = load_layers("log_mel")
    layers.rate = 8000
    monkeypatch.setattr(expert, "load_layers", lambda name: layers)
    with pytest.raises(InputError, match="takes speech at 8000 Hz"):
        unsup_asr_local("log_mel")
