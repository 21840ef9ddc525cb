"""Training the denoiser: captions made worse, and the captions themselves. It sees nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from unsup_asr.data.vocabulary import NULL
from unsup_asr.models.denoiser import Denoiser
from unsup_asr.training.loop import LoopConfig, descend, shuffled_batch
from unsup_asr.training.noise import Noise
from unsup_asr.training.schedule import warmed_cosine

# Between the noises of two seeds, more than a training has updates.
_UPDATES = 100_000_007


@dataclass
class DenoisingConfig:
    """How the denoiser is trained.

    Attributes:
        loop: its length.
        batch: captions an update.
        learning_rate: of Adam at its peak, reached after a twentieth of the updates and left along a cosine.
        clip_norm: largest norm of the gradient.
    """

    loop: LoopConfig = field(default_factory=lambda: LoopConfig(1000, 500, 100))
    batch: int = 64
    learning_rate: float = 1e-3
    clip_norm: float = 1.0


class Denoising:
    """The training task.

    Args:
        config: batch and rate.
        denoiser: trained.
        captions: [C, T] entries, null beyond the end.
        noise: makes them worse.
        seed: of the order of the captions and of the noise.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(
        self, config: DenoisingConfig, denoiser: Denoiser, captions: Tensor, noise: Noise, seed: int
    ) -> None:
        self.config, self.denoiser, self.noise, self.seed = config, denoiser, noise, seed
        self.captions = captions.cpu()
        self.modules = {"denoiser": denoiser}
        self.optimisers = {"denoiser": torch.optim.Adam(denoiser.parameters(), config.learning_rate)}

    def update(self, step: int) -> dict[str, Tensor]:
        """One update: cross-entropy per word, ends included."""
        self.denoiser.train()
        clean = self.captions[shuffled_batch(len(self.captions), self.config.batch, step, self.seed)]
        clean = clean[:, : int((clean != NULL).sum(dim=1).max())]
        noisy = self.noise(clean, torch.Generator().manual_seed(self.seed * _UPDATES + step))
        share = warmed_cosine(step, self.config.loop.updates)
        for group in self.optimisers["denoiser"].param_groups:
            group["lr"] = share * self.config.learning_rate
        loss = text_loss(self.denoiser, noisy, clean)
        descend(self, loss, ["denoiser"], self.config.clip_norm)
        return {"denoising": loss.detach()}


def text_loss(denoiser: Denoiser, noisy: Tensor, clean: Tensor) -> Tensor:
    """−log p of the clean texts given the noisy ones, per word, ends included; [B, N] and [B, T] entries."""
    device = denoiser.bias.device
    ended = nn.functional.pad(clean, (0, 1), value=NULL).to(device)
    log_p: Tensor = denoiser(noisy.to(device), clean.to(device)).gather(2, ended[..., None])[..., 0]
    counted = (ended == NULL).long().cumsum(dim=1) <= 1
    return -(log_p * counted).sum() / counted.sum()
