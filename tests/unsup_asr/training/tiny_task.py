"""A task with all that makes resuming hard: dropout, BatchNorm, Adam, a falling rate, a second optimiser."""

from pathlib import Path

import torch
from torch import Tensor, nn

from unsup_asr.training.loop import LoopConfig, run_loop, shuffled_batch
from unsup_asr.training.metrics import MetricsLog


class TinyTask:
    """Learns noise; `fail_before` and `fail_after` raise Interruption around an update."""

    def __init__(self, fail_before: int | None = None, fail_after: int | None = None) -> None:
        torch.manual_seed(1)
        self.fail_before, self.fail_after = fail_before, fail_after
        self.data = torch.randn(20, 6)
        self.net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))
        self.critic = nn.Linear(6, 1)
        self.modules = {"net": self.net, "critic": self.critic}
        self.optimisers = {
            "net": torch.optim.Adam(self.net.parameters(), 0.1, betas=(0.5, 0.98)),
            "critic": torch.optim.AdamW(self.critic.parameters(), 0.1),
        }

    def update(self, step: int) -> dict[str, Tensor]:
        if step == self.fail_before:
            raise Interruption
        self.optimisers["net"].param_groups[0]["lr"] = 0.1 / (step + 1)
        batch = self.data[shuffled_batch(20, 8, step, seed=3)]
        noisy = batch + 0.1 * torch.randn_like(batch)
        losses = {"fit": self.net(noisy).square().mean(), "critic": (self.critic(noisy) - 1).square().mean()}
        for name, loss in zip(self.optimisers, losses.values(), strict=True):
            self.optimisers[name].zero_grad()
            loss.backward()
            self.optimisers[name].step()
        if step == self.fail_after:
            raise Interruption
        return {name: loss.detach() for name, loss in losses.items()}


class Interruption(Exception):
    """What stops a training in the middle."""


def train(folder: Path, config: LoopConfig, task: TinyTask | None = None) -> TinyTask:
    """Train, or go on training, in `folder`."""
    torch.set_num_threads(1)
    task = task or TinyTask()
    log = MetricsLog(folder / "metrics.jsonl", "tiny", start=2)
    run_loop(task, config, folder / "checkpoints", log, seed=7)
    return task
