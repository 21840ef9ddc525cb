"""Training a VG-HuBERT: a HuBERT whose CLS token learns to tell which picture is described.

As published (Peng & Harwath 2022): the last layers are drawn anew, the convolutions stay as they are, and the
masked margin loss works in both directions. The picture side is frozen: CLIP, or a vision transformer.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from transformers import HubertModel

from segmenters.vg_hubert.losses import masked_margin_loss
from segmenters.vg_hubert.model import from_hubert
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.transfer import moved
from unsup_asr.training.loop import LoopConfig, bucketed_batch, descend, shuffled_batch
from unsup_asr.training.precision import full_precision
from unsup_asr.training.schedule import warmed_cosine

RATE = 16000


@dataclass
class GroundedHubertConfig:
    """The training of a VG-HuBERT.

    Attributes:
        vit: a vision transformer of transformers (name or folder) whose CLS outputs are the picture side, frozen;
            the run's CLIP if None. The published models take facebook/dino-vits8.
        joint_size: channels of the space that speech and pictures share.
        redrawn: last layers that are drawn anew before it begins.
        longest: seconds of an utterance that are heard.
        margin: what a right pair must be ahead.
        batch: utterances an update.
        bucketed: whether a batch is drawn from utterances of like durations: less padding, and negatives that
            are as long.
        learning_rate: peak; warmed up, then annealed along a cosine.
        weight_decay: AdamW's.
        loop: length of the training.
    """

    vit: str | None = None
    joint_size: int = 256
    redrawn: int = 2
    longest: float = 8.0
    margin: float = 1.0
    batch: int = 48
    bucketed: bool = False
    learning_rate: float = 5e-4
    weight_decay: float = 0.01
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(400, 100, 20))


class GroundedHubert:
    """The training task.

    Args:
        config: the training.
        hubert: the speech encoder to begin with.
        utterances: what it hears.
        images: [U, E], unit picture embeddings of the utterances.
        image_ids: [U], equal where the picture is the same.
        seed: of what is drawn, and of the order.
        device: where it learns.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(
        self,
        config: GroundedHubertConfig,
        hubert: HubertModel,
        utterances: Sequence[Utterance],
        images: Tensor,
        image_ids: Tensor,
        seed: int,
        device: str = "cpu",
    ) -> None:
        torch.manual_seed(seed)
        self.config, self.seed, self.device = config, seed, device
        self._utterances, self._image_ids = utterances, image_ids.to(device)
        durations = torch.tensor([utterance.duration for utterance in utterances], dtype=torch.float64)
        self._seconds = durations.clamp(max=config.longest)
        # Unit variance, which layers are drawn for.
        self._images = images.to(device) * images.shape[1] ** 0.5
        self.model = from_hubert(hubert, config.joint_size, images.shape[1])
        self.model.reinitialise_last(config.redrawn)
        self.model.to(device)
        self.model.hubert.feature_extractor.requires_grad_(False)
        self.modules = {"vg_hubert": self.model}
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimisers = {
            "vg_hubert": torch.optim.AdamW(
                trained, config.learning_rate, (0.9, 0.98), weight_decay=config.weight_decay
            )
        }

    def update(self, step: int) -> dict[str, Tensor]:
        """One update on a batch of utterances and their pictures."""
        for group in self.optimisers["vg_hubert"].param_groups:
            group["lr"] = self.config.learning_rate * warmed_cosine(step, self.config.loop.updates)
        self.model.train()
        rows = self._batch(step)
        speech = self.model.embed_speech(self._waveforms(rows)).to(self._images.dtype)
        images = self.model.embed_images(self._images[rows]).to(self._images.dtype)
        with full_precision(images.device):
            loss = masked_margin_loss(speech, images, self._image_ids[rows], self.config.margin)
        descend(self, loss, ["vg_hubert"], clip_norm=1.0)
        right = (images @ speech.T).argmax(dim=0) == torch.arange(len(rows), device=self.device)
        return {"margin": loss.detach(), "batch_r1": right.float().mean()}

    def _batch(self, step: int) -> Tensor:
        if self.config.bucketed:
            return bucketed_batch(self._seconds, self.config.batch, step, self.seed)
        return shuffled_batch(len(self._utterances), self.config.batch, step, self.seed)

    def _waveforms(self, rows: Tensor) -> list[Tensor]:
        with ThreadPoolExecutor(2) as threads:
            return [moved(waveform, self.device) for waveform in threads.map(self._read, rows.tolist())]

    def _read(self, row: int) -> Tensor:
        heard, seconds = self._utterances[row], float(self._seconds[row])
        return torch.from_numpy(read_audio(heard.audio_filepath, RATE, heard.offset, seconds))
