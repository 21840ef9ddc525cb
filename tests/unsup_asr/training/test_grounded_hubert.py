"""A HuBERT learns which picture goes with which tones; what is saved is what was trained."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import HubertModel

from segmenters.speech import Speech
from segmenters.vg_hubert.attention import AttentionConfig
from segmenters.vg_hubert.model import VGHubert
from segmenters.vg_hubert.segmenter import VGHubertSegmenter, VGHubertSegmenterConfig
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance
from unsup_asr.files import read_jsonl
from unsup_asr.training.grounded_hubert import GroundedHubert, GroundedHubertConfig
from unsup_asr.training.loop import LoopConfig, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.miniature_hubert import MiniatureHubertConfig

HUBERT = MiniatureHubertConfig(width=16, layers=2, heads=2, conv_dim=[8, 8, 16], positions=8, dropout=0.0)
CONFIG = GroundedHubertConfig(
    joint_size=8, redrawn=1, batch=6, learning_rate=3e-3, loop=LoopConfig(40, 10, 1)
)
SAID = [["red"], ["dog"], ["big"]] * 2


@pytest.fixture
def utterances(write_tones, say_tones) -> list[Utterance]:
    paths = [write_tones(*words, name=f"{n}.wav") for n, words in enumerate(SAID)]
    return [Utterance(path.stem, path, say_tones(["red"])[1].duration, "en") for path in paths]


def hubert() -> HubertModel:
    torch.manual_seed(0)
    return HubertModel(HUBERT.hubert_config())


def train(folder: Path, utterances: list[Utterance], loop: LoopConfig = CONFIG.loop) -> GroundedHubert:
    images = torch.eye(3, 12).repeat(2, 1)
    task = GroundedHubert(CONFIG, hubert(), utterances, images, torch.arange(3).repeat(2), seed=0)
    run_loop(task, loop, folder / "checkpoints", MetricsLog(folder / "metrics.jsonl", "vg"), 0)
    return task


def test_a_few_updates_lower_the_loss_and_the_convolutions_stay(tmp_path, utterances):
    task = train(tmp_path, utterances)
    values = [row["margin"] for row in read_jsonl(tmp_path / "metrics.jsonl")]
    assert np.mean(values[-5:]) < 0.7 * np.mean(values[:5])
    before = hubert().feature_extractor.state_dict()
    after = task.model.hubert.feature_extractor.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())


def test_the_first_layers_are_taken_over_and_the_last_drawn_anew(utterances):
    images, ids = torch.eye(6, 12), torch.arange(6)
    task = GroundedHubert(CONFIG, hubert(), utterances, images, ids, seed=0)
    first, last = (task.model.hubert.encoder.layers[n].attention.k_proj.weight for n in (0, 1))
    given = hubert().encoder.layers
    assert torch.equal(first, given[0].attention.k_proj.weight)
    assert not torch.equal(last, given[1].attention.k_proj.weight)


def test_a_training_cut_off_ends_where_the_whole_one_does(tmp_path, utterances):
    whole = train(tmp_path / "whole", utterances, replace(CONFIG.loop, updates=20))
    train(tmp_path / "cut", utterances, replace(CONFIG.loop, updates=10))
    resumed = train(tmp_path / "cut", utterances, replace(CONFIG.loop, updates=20))
    for key, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[key]), key


def test_what_is_saved_embeds_and_segments_alike(tmp_path, utterances):
    task = train(tmp_path, utterances, replace(CONFIG.loop, updates=2))
    task.model.save_pretrained(tmp_path / "model")
    again = VGHubert.from_pretrained(tmp_path / "model")
    samples = read_audio(utterances[0].audio_filepath)
    with torch.no_grad():
        embedded = [m.eval().embed_speech([torch.from_numpy(samples)]) for m in (task.model, again)]
    assert torch.equal(*embedded)
    config = VGHubertSegmenterConfig(AttentionConfig(layer=1))
    speech = [Speech("u", samples, 16000)]
    assert VGHubertSegmenter(again, config).segment(speech) == VGHubertSegmenter(task.model, config).segment(
        speech
    )


def test_buckets_keep_like_durations_together(write_tones, say_tones):
    said = [["red"], ["red", "dog", "big"]] * 6
    paths = [write_tones(*words, name=f"{n}.wav") for n, words in enumerate(said)]
    spoken = [
        Utterance(p.stem, p, say_tones(words)[1].duration, "en") for p, words in zip(paths, said, strict=True)
    ]
    images, ids = torch.eye(12), torch.arange(12)
    task = GroundedHubert(replace(CONFIG, bucketed=True), hubert(), spoken, images, ids, seed=0)
    assert {tuple(sorted(task._batch(step).tolist())) for step in (0, 1)} == {
        tuple(range(0, 12, 2)),
        tuple(range(1, 12, 2)),
    }
    assert torch.isfinite(task.update(0)["margin"])


def test_it_learns_in_bfloat16(tmp_path, utterances):
    images, ids = torch.eye(3, 12).repeat(2, 1), torch.arange(3).repeat(2)
    task = GroundedHubert(CONFIG, hubert(), utterances, images, ids, seed=0)
    loop = replace(CONFIG.loop, precision="bfloat16")
    run_loop(task, loop, tmp_path / "checkpoints", MetricsLog(tmp_path / "metrics.jsonl", "vg"), 0)
    values = [row["margin"] for row in read_jsonl(tmp_path / "metrics.jsonl")]
    assert np.mean(values[-5:]) < 0.7 * np.mean(values[:5])


def test_only_so_many_seconds_are_heard(utterances):
    images, ids = torch.eye(6, 12), torch.arange(6)
    short = GroundedHubert(replace(CONFIG, longest=0.2), hubert(), utterances, images, ids, seed=0)
    assert {len(waveform) for waveform in short._waveforms(torch.arange(6))} == {3200}
