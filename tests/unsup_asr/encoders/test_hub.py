import pytest
import torch
from huggingface_hub import constants

from tests.unsup_asr.encoders.tiny_speech_models import noise, tiny_model
from unsup_asr.encoders.hub import load_from_hub
from unsup_asr.encoders.transformers_speech import TransformersSpeechEncoder
from unsup_asr.errors import InputError


@pytest.fixture
def offline(monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_an_unknown_name_offline_says_which_folder_to_put_it_in(offline):
    with pytest.raises(InputError) as refused:
        load_from_hub("nobody/nothing")
    assert str(offline / "models--nobody--nothing") in refused.value.remedy
    assert "preprocessor_config.json into a folder and give that folder" in refused.value.remedy


@pytest.mark.parametrize("name", ["no/such/folder", "nothing"])
def test_what_is_neither_folder_nor_name_says_what_both_look_like(offline, name):
    with pytest.raises(InputError, match=r"give a folder with config\.json.*facebook/hubert-base-ls960"):
        load_from_hub(name)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"give a folder with config\.json"):
        load_from_hub(str(tmp_path))


def test_weights_of_half_precision_are_heard_in_float32(tmp_path):
    TransformersSpeechEncoder(tiny_model("hubert_base").half(), do_normalize=True).save(tmp_path)
    model, extractor = load_from_hub(str(tmp_path))
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert extractor.do_normalize and extractor.sampling_rate == 16000


def test_a_copied_cache_folder_is_heard_offline(offline):
    """What the remedy says to do; it is known by its weights, wherever they came from."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    cached, original = (
        offline / "models--someone--tiny",
        TransformersSpeechEncoder(tiny_model("hubert_base"), True),
    )
    original.save(cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    loaded = TransformersSpeechEncoder.load("someone/tiny")
    assert torch.equal(loaded.encode(noise(4000)), original.encode(noise(4000)))
    assert loaded.revision == TransformersSpeechEncoder.load(str(cached / "snapshots" / commit)).revision
