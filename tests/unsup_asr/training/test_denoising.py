import pytest
import torch
from torch import Tensor

from unsup_asr.models.denoiser import Denoiser, DenoiserConfig
from unsup_asr.training.checkpoint import checkpoints, drop_checkpoint
from unsup_asr.training.confusions import Confusions
from unsup_asr.training.denoising import Denoising, DenoisingConfig, text_loss
from unsup_asr.training.loop import LoopConfig, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.noise import Noise, NoiseConfig

SIZE = 8
CAPTIONS = torch.tensor([[1, 4, 2, 5], [1, 6, 2, 7], [1, 5, 0, 0], [4, 0, 0, 0]]).repeat(4, 1)


def task(updates: int) -> Denoising:
    torch.manual_seed(0)
    network = Denoiser(DenoiserConfig(width=16, hidden=32, heads=2), SIZE)
    noise = Noise(
        NoiseConfig(), torch.isin(torch.arange(SIZE), torch.tensor([1, 2])), Confusions.unknown(SIZE)
    )
    config = DenoisingConfig(LoopConfig(updates, 5, 1), batch=8, learning_rate=5e-3)
    return Denoising(config, network, CAPTIONS, noise, seed=0)


def train(folder, updates: int = 10) -> dict[str, Tensor]:
    denoising = task(updates)
    log = MetricsLog(folder / "metrics.jsonl", "denoised")
    run_loop(denoising, denoising.config.loop, folder / "checkpoints", log, seed=0)
    return denoising.denoiser.state_dict()


def test_the_loss_is_that_of_each_word_and_the_end():
    network = task(1).denoiser.eval()
    noisy, clean = torch.tensor([[1, 2], [3, 0]]), torch.tensor([[4, 5, 6], [7, 0, 0]])
    total, words = 0.0, 0
    for source, text in (([1, 2], [4, 5, 6]), ([3], [7])):
        log_p = network(torch.tensor([source]), torch.tensor([text]))[0]
        total -= sum(float(log_p[k, entry]) for k, entry in enumerate([*text, 0]))
        words += len(text) + 1
    assert float(text_loss(network, noisy, clean)) == pytest.approx(total / words, abs=1e-5)


def test_training_that_is_interrupted_ends_with_the_same_weights(tmp_path):
    whole = train(tmp_path / "whole")
    train(tmp_path / "parts")
    drop_checkpoint(checkpoints(tmp_path / "parts/checkpoints")[-1])
    again = train(tmp_path / "parts")
    assert all(torch.equal(value, again[name]) for name, value in whole.items())
    lines = [(tmp_path / name / "metrics.jsonl").read_bytes() for name in ("whole", "parts")]
    assert lines[0] == lines[1]


def test_it_learns():
    torch.manual_seed(0)
    denoising = task(80)
    losses = [float(denoising.update(step)["denoising"]) for step in range(80)]
    assert sum(losses[-10:]) < 0.6 * sum(losses[:10])
