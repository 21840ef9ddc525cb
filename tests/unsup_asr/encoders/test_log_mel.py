import librosa
import numpy as np
import pytest
import torch

from unsup_asr.data.audio import read_audio
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder


@pytest.fixture
def samples(write_wav) -> np.ndarray:
    return read_audio(write_wav(seconds=0.7))


@pytest.mark.parametrize("config", [LogMelConfig(), LogMelConfig(20, 200, 512, 0.0, 4000.0)])
def test_energies_are_librosas(samples, config):
    power = librosa.feature.melspectrogram(
        y=samples,
        sr=16000,
        n_fft=512,
        hop_length=config.hop,
        win_length=config.window,
        n_mels=config.mels,
        fmin=config.lowest,
        fmax=config.highest,
    )
    log = np.log(power + 1e-6).T
    expected = (log - log.mean(axis=0)) / (log.std(axis=0) + 1e-3)
    ours = LogMelEncoder(config).encode(torch.from_numpy(samples))
    np.testing.assert_allclose(ours, expected, atol=2e-3)


def test_every_channel_has_mean_0_and_deviation_1(samples):
    frames = LogMelEncoder(LogMelConfig()).encode(torch.from_numpy(samples))
    torch.testing.assert_close(frames.mean(dim=0), torch.zeros(40), atol=1e-5, rtol=0)
    torch.testing.assert_close(frames.std(dim=0, correction=0), torch.ones(40), atol=0.01, rtol=0)


def test_loudness_does_not_matter(samples):
    encoder = LogMelEncoder(LogMelConfig())
    loud, soft = (encoder.encode(torch.from_numpy(samples) * gain) for gain in (1.0, 0.5))
    torch.testing.assert_close(loud, soft, atol=0.05, rtol=0)


def test_a_frame_stands_for_its_time():
    """A click at 0.25 s is loudest in the frame whose time that is."""
    samples = torch.zeros(8000)
    samples[4000] = 1.0
    encoder = LogMelEncoder(LogMelConfig())
    frames = encoder.encode(samples)
    times = encoder.frame_times(len(frames))
    assert times.shape == (51,)
    assert times[frames.mean(dim=1).argmax()] == 0.25


@pytest.mark.parametrize("length", [1, 159, 160, 400])
def test_the_shortest_recordings_have_finite_frames(length):
    encoder = LogMelEncoder(LogMelConfig())
    frames = encoder.encode(torch.randn(length))
    assert frames.shape == (1 + length // 160, encoder.channels)
    assert frames.isfinite().all()


def test_long_recordings_are_heard_in_stretches_without_seams(samples, monkeypatch):
    encoder = LogMelEncoder(LogMelConfig())
    whole = encoder.encode(torch.from_numpy(samples))
    monkeypatch.setattr("unsup_asr.encoders.log_mel._STRETCH", 7)
    torch.testing.assert_close(encoder.encode(torch.from_numpy(samples)), whole, atol=1e-5, rtol=0)


def test_its_frames_are_its_only_state():
    encoder = LogMelEncoder(LogMelConfig(hop=320))
    waveforms = [torch.randn(length) for length in (4000, 300)]
    states = encoder.encode_states(waveforms)
    assert (encoder.states, encoder.hop) == (1, 0.02)
    assert all(torch.equal(own[0], encoder.encode(w)) for own, w in zip(states, waveforms, strict=True))


def test_other_settings_are_another_revision():
    configs = (LogMelConfig(), LogMelConfig(), LogMelConfig(mels=20), LogMelConfig(highest=4000.0))
    same, again, fewer, lower = (LogMelEncoder(config).revision for config in configs)
    assert same == again and len({same, fewer, lower}) == 3
