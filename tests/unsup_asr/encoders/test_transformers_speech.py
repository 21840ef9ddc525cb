"""Against transformers itself, on random HuBERT and wav2vec 2.0 models of two layers."""

from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModel,
    BertConfig,
    BertModel,
    HubertConfig,
    HubertModel,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2Model,
)

from tests.unsup_asr.encoders.tiny_speech_models import KINDS as TRAPS
from tests.unsup_asr.encoders.tiny_speech_models import noise, tiny_model
from unsup_asr.data.audio import read_audio
from unsup_asr.encoders import transformers_speech
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.encoders.speech import load_encoder
from unsup_asr.encoders.transformers_speech import TransformersSpeechEncoder
from unsup_asr.errors import InputError

SIZES = dict(
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=48,
    conv_dim=(16,) * 7,
    num_conv_pos_embeddings=8,
    num_conv_pos_embedding_groups=2,
)
KINDS = {
    "hubert": lambda: HubertModel(HubertConfig(**SIZES)),
    "hubert_large": lambda: HubertModel(
        HubertConfig(**SIZES, do_stable_layer_norm=True, feat_extract_norm="layer")
    ),
    "wav2vec2": lambda: Wav2Vec2Model(Wav2Vec2Config(**SIZES)),
}


def save(folder: Path, kind: str, do_normalize: bool = True, sampling_rate: int = 16000) -> Path:
    torch.manual_seed(0)
    KINDS[kind]().save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=do_normalize, sampling_rate=sampling_rate).save_pretrained(folder)
    return folder


@pytest.fixture
def samples(write_wav) -> torch.Tensor:
    return torch.from_numpy(read_audio(write_wav(seconds=0.7)))


@pytest.mark.parametrize("do_normalize", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_frames_are_those_of_transformers(tmp_path, samples, kind, do_normalize):
    folder = save(tmp_path, kind, do_normalize)
    extractor = Wav2Vec2FeatureExtractor.from_pretrained(folder)
    values = extractor(samples.numpy(), sampling_rate=16000, return_tensors="pt").input_values
    with torch.no_grad():
        expected = AutoModel.from_pretrained(folder).eval()(values, output_hidden_states=True)
    layers = {":0": expected.hidden_states[0], ":1": expected.hidden_states[1]}
    last = {":2": expected.last_hidden_state, "": expected.last_hidden_state}
    for layer, hidden in (layers | last).items():
        frames = load_encoder(f"{folder}{layer}", LogMelConfig()).encode(samples)
        torch.testing.assert_close(frames, hidden[0], atol=1e-5, rtol=1e-5)


def test_a_span_covers_the_frames_of_its_seconds(tmp_path):
    """0.5–1.2 s at 50 Hz are frames 25 to 59."""
    encoder = load_encoder(str(save(tmp_path, "hubert")), LogMelConfig())
    times = encoder.frame_times(100)
    assert (times < 0.5).sum() == 25 and (times < 1.2).sum() == 60
    assert encoder.channels == 32 and encoder.rate == 16000


@pytest.mark.parametrize("length", [1, 399, 400, 720])
def test_the_shortest_recordings_have_frames(tmp_path, length):
    frames = load_encoder(str(save(tmp_path, "hubert")), LogMelConfig()).encode(torch.randn(length))
    assert frames.shape == (2 if length == 720 else 1, 32)
    assert frames.isfinite().all()


def test_other_voices_are_the_same_voice(tmp_path):
    segments = torch.randn(3, 5, 33)
    encoder = load_encoder(str(save(tmp_path, "wav2vec2")), LogMelConfig())
    assert torch.equal(encoder.perturb(segments), segments)


def test_log_mel_has_its_name():
    encoder = load_encoder("log_mel", LogMelConfig(mels=24))
    assert isinstance(encoder, LogMelEncoder) and encoder.channels == 24


def test_unknown_names_say_which_folder_to_give(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match=r"nobody/nothing.*preprocessor_config\.json"):
        load_encoder("nobody/nothing", LogMelConfig())


def test_a_folder_without_a_feature_extractor_is_refused(tmp_path):
    (save(tmp_path, "hubert") / "preprocessor_config.json").unlink()
    with pytest.raises(InputError, match=r"preprocessor_config\.json"):
        load_encoder(str(tmp_path), LogMelConfig())


def test_other_rates_and_layers_are_refused(tmp_path):
    with pytest.raises(InputError, match="8000 Hz"):
        load_encoder(str(save(tmp_path / "slow", "hubert", sampling_rate=8000)), LogMelConfig())
    with pytest.raises(InputError, match="layer 3 is asked for, the model has 2"):
        load_encoder(f"{save(tmp_path / 'fine', 'hubert')}:3", LogMelConfig())


def test_a_text_model_is_no_speech_encoder():
    sizes = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    with pytest.raises(InputError, match="BertModel is no speech encoder"):
        TransformersSpeechEncoder(BertModel(BertConfig(**sizes)), do_normalize=False)


@pytest.mark.parametrize("do_normalize", [True, False])
@pytest.mark.parametrize("kind", TRAPS)
def test_states_of_a_batch_are_those_of_transformers_one_at_a_time(kind, do_normalize, monkeypatch):
    monkeypatch.setattr(transformers_speech, "_BATCH_SECONDS", 2.0)
    encoder = TransformersSpeechEncoder(tiny_model(kind), do_normalize)
    waveforms = [noise(length, seed) for seed, length in enumerate([9000, 100, 16001, 9000, 40000, 5000])]
    extractor = Wav2Vec2FeatureExtractor(do_normalize=do_normalize)
    heard = encoder.encode_states(waveforms)
    for waveform, states in zip(waveforms, heard, strict=True):
        values = extractor(waveform.numpy(), sampling_rate=16000, return_tensors="pt").input_values
        values = torch.nn.functional.pad(values, (0, max(0, encoder._reach - len(waveform))))
        with torch.no_grad():
            theirs = encoder.model(values, output_hidden_states=True)
        assert states.dtype == torch.float32 and states.is_contiguous()
        torch.testing.assert_close(states, torch.cat(theirs.hidden_states), atol=1e-5, rtol=1e-5)
        output = theirs.last_hidden_state[0]
        torch.testing.assert_close(encoder.encode(waveform), output, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["hubert_large", "xls_r", "group_and_pre_norm"])
def test_the_output_of_large_models_is_their_last_state_normalised_once_more(kind):
    encoder = TransformersSpeechEncoder(tiny_model(kind), do_normalize=True)
    [states] = encoder.encode_states([noise(8000)])
    assert (encoder.encode(noise(8000)) - states[-1]).abs().max() > 0.1
    with torch.no_grad():
        normalised = encoder.model.encoder.layer_norm(states[-1])
    torch.testing.assert_close(encoder.encode(noise(8000)), normalised, atol=1e-5, rtol=1e-5)


def test_rate_and_hop_are_the_models():
    usual, slow = (
        TransformersSpeechEncoder(tiny_model(kind), True) for kind in ("hubert_base", "hubert_25_hz")
    )
    assert (usual.hop, slow.hop) == (0.02, 0.04)
    assert slow.frame_times(3).tolist() == [0.0, 0.04, 0.08]
    assert usual.states == 4
    assert [len(slow.encode(noise(n))) == slow.frames(n) for n in (100, 719, 720, 5000)] == [True] * 4


def test_nothing_is_made_of_nothing():
    assert TransformersSpeechEncoder(tiny_model("hubert_base"), True).encode_states([]) == []


@pytest.mark.parametrize("kind", ["hubert_base", "hubert_large"])
def test_long_recordings_are_heard_in_windows(kind, monkeypatch):
    """Each frame is that of a window around it, which knows the recording's mean and variance."""
    monkeypatch.setattr(transformers_speech, "WINDOW_SECONDS", 1.0)
    monkeypatch.setattr(transformers_speech, "CONTEXT_SECONDS", 0.2)
    encoder = TransformersSpeechEncoder(tiny_model(kind), do_normalize=True)
    samples = noise(40000) * torch.linspace(0.1, 2, 40000)
    heard, prepared = encoder.encode(samples), encoder.prepare(samples)
    assert len(heard) == encoder.frames(40000) == 124
    # Windows of 49 frames: 0–48, 29–77, 58–106, and 75–123 flush with the end.
    for start, end, kept in [(0, 49, (0, 39)), (29, 78, (39, 68)), (58, 107, (68, 85)), (75, 124, (85, 124))]:
        stop = None if end == 124 else (end - 1) * 320 + 400
        with torch.no_grad():
            window = encoder.model(prepared[None, start * 320 : stop]).last_hidden_state[0]
        own = window[kept[0] - start : kept[1] - start]
        torch.testing.assert_close(heard[slice(*kept)], own, atol=1e-5, rtol=1e-5)
    states = encoder.encode_states([samples, noise(3000)])[0]
    torch.testing.assert_close(states[1], TransformersSpeechEncoder(encoder.model, True, 1).encode(samples))


def test_memory_does_not_grow_with_the_recording(monkeypatch):
    """No window is longer than the limit, whatever the recording."""
    monkeypatch.setattr(transformers_speech, "WINDOW_SECONDS", 1.0)
    monkeypatch.setattr(transformers_speech, "CONTEXT_SECONDS", 0.2)
    monkeypatch.setattr(transformers_speech, "_BATCH_SECONDS", 2.0)
    encoder, sizes = TransformersSpeechEncoder(tiny_model("hubert_base"), True), []
    encoder.model.feature_extractor.register_forward_pre_hook(
        lambda _, inputs: sizes.append(inputs[0].numel())
    )
    encoder.encode(noise(16000 * 30))
    assert len(sizes) > 20 and max(sizes) <= 2 * 16000


def test_the_revision_is_of_the_weights_and_the_normalisation(tmp_path):
    first = load_encoder(str(save(tmp_path / "a", "hubert")), LogMelConfig())
    again = load_encoder(f"{save(tmp_path / 'b', 'hubert')}:1", LogMelConfig())
    other = load_encoder(str(save(tmp_path / "c", "wav2vec2")), LogMelConfig())
    raw = load_encoder(str(save(tmp_path / "d", "hubert", do_normalize=False)), LogMelConfig())
    assert first.revision == again.revision
    assert len({first.revision, other.revision, raw.revision}) == 3
