"""A miniature HuBERT learns units from recordings, goes on where it was cut off, and is plain transformers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModel

from unsup_asr.data.audio import read_audio, write_audio
from unsup_asr.data.manifest import Utterance
from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.encoders.speech import load_encoder
from unsup_asr.errors import InputError
from unsup_asr.files import read_jsonl
from unsup_asr.training.loop import LoopConfig, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.miniature_hubert import MiniatureHubert, MiniatureHubertConfig, span_mask
from unsup_asr.training.speech_units import SpeechUnits, spectral_units

CONFIG = MiniatureHubertConfig(
    width=32, layers=2, heads=2, conv_dim=[32, 32, 32], positions=8, units=12, crop=0.6, batch=6, dropout=0.0,
    learning_rate=4e-3, loop=LoopConfig(60, 10, 1),
)  # fmt: skip


@pytest.fixture
def utterances(tmp_path) -> list[Utterance]:
    """Twelve tones of 0.1 s each, of four pitches, without a pause; the first two utterances are the same."""
    made = []
    for number in range(6):
        chosen = np.random.default_rng(max(1, number)).choice([300.0, 700.0, 1500.0, 3500.0], 12)
        pitch = np.repeat(chosen, 1600)
        write_audio(tmp_path / f"{number}.wav", 0.3 * np.sin(2 * np.pi * np.cumsum(pitch) / 16000), 16000)
        made.append(Utterance(str(number), tmp_path / f"{number}.wav", 1.2, "en"))
    return made


@pytest.fixture
def units(utterances) -> SpeechUnits:
    return spectral_units(
        utterances, LogMelConfig(mels=20), CONFIG.conv_kernel, CONFIG.conv_stride, CONFIG.units, 0
    )


def train(folder: Path, utterances, units, loop: LoopConfig = CONFIG.loop) -> MiniatureHubert:
    task = MiniatureHubert(CONFIG, utterances, units, seed=0)
    log = MetricsLog(folder / "metrics.jsonl", "hubert")
    run_loop(task, loop, folder / "checkpoints", log, 0)
    return task


def test_every_frame_of_the_convolutions_has_a_unit(utterances, units):
    model = AutoModel.from_config(CONFIG.hubert_config())
    for utterance, labels in zip(utterances, units.labels, strict=True):
        samples = torch.from_numpy(read_audio(utterance.audio_filepath))
        with torch.no_grad():
            assert model.feature_extractor(samples[None]).shape[2] == len(labels)
        assert units.frames(len(samples)) == len(labels)
        assert units.frames(units.samples(len(labels))) == len(labels)
        assert units.frames(units.samples(len(labels)) - 1) == len(labels) - 1


def test_the_same_speech_is_the_same_units_and_so_is_the_same_tone(units):
    assert torch.equal(units.labels[0], units.labels[1])
    middles = [units.frames(round((0.1 * tone + 0.06) * 16000)) for tone in range(12)]
    chosen = np.random.default_rng(2).choice([300.0, 700.0, 1500.0, 3500.0], 12)
    named = {(pitch, int(units.labels[2][place])) for pitch, place in zip(chosen, middles, strict=True)}
    assert len(named) == len(set(chosen)) == 4 and len({unit for _, unit in named}) >= 3


def test_a_few_updates_lower_the_losses(tmp_path, utterances, units):
    train(tmp_path, utterances, units)
    rows = read_jsonl(tmp_path / "metrics.jsonl")
    for name in ("masked", "seen"):
        values = [row[name] for row in rows]
        assert np.mean(values[-5:]) < 0.9 * np.mean(values[:5])


def test_a_training_cut_off_ends_where_the_whole_one_does(tmp_path, utterances, units):
    whole = train(tmp_path / "whole", utterances, units, replace(CONFIG.loop, updates=20))
    train(tmp_path / "cut", utterances, units, replace(CONFIG.loop, updates=10))
    resumed = train(tmp_path / "cut", utterances, units, replace(CONFIG.loop, updates=20))
    for name, module in whole.modules.items():
        for key, value in module.state_dict().items():
            assert torch.equal(value, resumed.modules[name].state_dict()[key]), key


def test_the_exported_folder_is_a_speech_encoder(tmp_path, utterances, units):
    task = train(tmp_path, utterances, units, replace(CONFIG.loop, updates=1))
    task.export(tmp_path / "model")
    samples = torch.from_numpy(read_audio(utterances[0].audio_filepath))
    with torch.no_grad():
        expected = task.model.eval()(samples[None]).last_hidden_state[0]
        again = AutoModel.from_pretrained(tmp_path / "model").eval()(samples[None]).last_hidden_state[0]
    assert torch.equal(again, expected)
    encoder = load_encoder(str(tmp_path / "model"), LogMelConfig())
    torch.testing.assert_close(encoder.encode(samples), expected)
    assert load_encoder(f"{tmp_path / 'model'}:1", LogMelConfig()).encode(samples).shape == expected.shape


def test_crops_of_another_sampling_rate_have_their_length(units, utterances):
    for utterance in utterances:
        samples, rate = soundfile.read(utterance.audio_filepath)
        soundfile.write(utterance.audio_filepath, soxr.resample(samples, rate, 22050), 22050)
    task = MiniatureHubert(CONFIG, utterances, units, seed=0)
    assert all(torch.isfinite(loss) for loss in task.update(0).values())


def test_utterances_that_are_all_too_short_are_refused(utterances, units):
    with pytest.raises(InputError, match=r"no utterance is longer than 60 s \(lower it\)"):
        MiniatureHubert(replace(CONFIG, crop=60.0), utterances, units, seed=0)


@given(st.integers(1, 5), st.integers(1, 60), st.floats(0, 0.3), st.integers(1, 12), st.integers(0, 99))
def test_masks_are_spans_of_full_length_unless_they_meet_the_end(count, frames, start, length, seed):
    torch.manual_seed(seed)
    mask = span_mask(count, frames, start, length)
    assert mask.shape == (count, frames) and mask.any(dim=1).all()
    for row in mask.int().tolist():
        runs = "".join(map(str, row)).split("0")
        inner = runs[:-1] if row[-1] else runs
        assert all(not run or len(run) >= length for run in inner)
