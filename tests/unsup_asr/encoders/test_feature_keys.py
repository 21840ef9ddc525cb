"""What does and what does not make other features."""

import torch

from tests.unsup_asr.encoders.tiny_speech_models import noise, tiny_model
from unsup_asr.encoders.feature_keys import audio_key, features_key
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.encoders.transformers_speech import TransformersSpeechEncoder


def test_speech_is_known_by_its_samples_and_rate():
    samples = noise(1000)
    assert audio_key(samples, 16000) == audio_key(samples.double(), 16000)
    assert audio_key(samples, 16000) == audio_key(torch.stack([samples, samples]).T[:, 0], 16000)
    quieter = samples.clone()
    quieter[500] *= 0.999
    keys = {audio_key(samples, 16000), audio_key(samples, 8000), audio_key(quieter, 16000)}
    assert len(keys | {audio_key(samples[:-1], 16000)}) == 4


def test_folders_are_named_after_all_that_decides_about_the_features(monkeypatch):
    hubert = TransformersSpeechEncoder(tiny_model("hubert_base"), do_normalize=True)
    raw = TransformersSpeechEncoder(tiny_model("hubert_base"), do_normalize=False)
    log_mel = LogMelEncoder(LogMelConfig())
    name = "someone/hubert-base:2"
    key = features_key(name, hubert)
    assert key.startswith("hubert-base-") and "/" not in key and ":" not in key
    assert key == features_key("elsewhere/hubert-base", hubert, range(4))
    others = {
        features_key(name, raw),
        features_key(name, hubert, [3]),
        features_key(name, hubert, dtype=torch.float32),
        features_key("log_mel", log_mel),
    }
    monkeypatch.setattr("unsup_asr.encoders.transformers_speech.WINDOW_SECONDS", 30.0)
    assert len(others | {key, features_key(name, hubert)}) == 6
