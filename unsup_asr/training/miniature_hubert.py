"""Training a miniature HuBERT on speech alone, in transformers' own form.

As HuBERT (Hsu et al. 2021): spans of frames are masked, and the model tells which unit, a cluster of spectral
frames, stood there. It tells those of the frames that it sees, too, which teaches the convolutions in minutes
what takes the full model days.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer
from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError
from unsup_asr.training.loop import LoopConfig, shuffled_batch
from unsup_asr.training.precision import backward
from unsup_asr.training.schedule import warmed_cosine
from unsup_asr.training.speech_units import SpeechUnits

RATE = 16000


@dataclass
class MiniatureHubertConfig:
    """A miniature HuBERT and its training.

    Attributes:
        width: channels of the transformer.
        layers: transformer layers.
        heads: attention heads of a layer.
        conv_dim: channels of the convolutions over the waveform.
        conv_kernel: samples or frames that each of them sees.
        conv_stride: their strides; the product is the hop, 320 samples as in HuBERT.
        positions: kernel of the convolution that tells positions.
        units: clusters of spectral frames that are to be told.
        crop: seconds of an utterance that a batch takes; shorter utterances are left out.
        batch: crops an update.
        mask_start: share of the frames at which a masked span starts.
        mask_length: frames of a masked span.
        dropout: of hidden states and attention.
        learning_rate: peak; warmed up, then annealed along a cosine.
        weight_decay: AdamW's.
        loop: length of the training.
    """

    width: int = 192
    layers: int = 4
    heads: int = 4
    conv_dim: list[int] = field(default_factory=lambda: [64, 128, 192])
    conv_kernel: list[int] = field(default_factory=lambda: [40, 8, 8])
    conv_stride: list[int] = field(default_factory=lambda: [20, 4, 4])
    positions: int = 32
    units: int = 100
    crop: float = 1.5
    batch: int = 24
    mask_start: float = 0.08
    mask_length: int = 8
    dropout: float = 0.05
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.01
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(800, 200, 50))

    def hubert_config(self) -> HubertConfig:
        """The model as transformers describes it; its layer norms make it deaf to padding."""
        return HubertConfig(
            hidden_size=self.width,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            intermediate_size=4 * self.width,
            conv_dim=self.conv_dim,
            conv_kernel=self.conv_kernel,
            conv_stride=self.conv_stride,
            num_conv_pos_embeddings=self.positions,
            num_conv_pos_embedding_groups=8,
            feat_extract_norm="layer",
            conv_bias=False,
            layerdrop=0.0,
            hidden_dropout=self.dropout,
            attention_dropout=self.dropout,
            activation_dropout=0.0,
            feat_proj_dropout=0.0,
            apply_spec_augment=False,
        )


class MiniatureHubert:
    """The training task.

    Args:
        config: model and training.
        utterances: what it hears.
        units: of every utterance, in the same order.
        seed: of weights and order.
        device: where it learns.

    Raises:
        InputError: too few utterances are as long as a crop.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(
        self,
        config: MiniatureHubertConfig,
        utterances: Sequence[Utterance],
        units: SpeechUnits,
        seed: int,
        device: str = "cpu",
    ) -> None:
        torch.manual_seed(seed)
        self.config, self.seed, self.units, self.device = config, seed, units, device
        self._frames = units.frames(round(config.crop * RATE))
        longest = [row for row, labels in enumerate(units.labels) if len(labels) > self._frames]
        if not longest:
            raise InputError(
                f"no utterance is longer than {config.crop:g} s", where="hubert.crop", remedy="lower it"
            )
        self._utterances, self._rows = utterances, torch.tensor(longest)
        self.model = HubertModel(config.hubert_config())
        self.mask_embedding = nn.Embedding(1, config.width)
        self.tell = nn.Linear(config.width, config.units)
        self.modules = {"hubert": self.model, "mask": self.mask_embedding, "tell": self.tell}
        for module in self.modules.values():
            module.to(device)
        parameters = [p for module in self.modules.values() for p in module.parameters()]
        self.optimisers = {
            "hubert": torch.optim.AdamW(
                parameters, config.learning_rate, (0.9, 0.98), weight_decay=config.weight_decay
            )
        }

    def update(self, step: int) -> dict[str, Tensor]:
        """One update on a batch of crops."""
        optimiser = self.optimisers["hubert"]
        for group in optimiser.param_groups:
            group["lr"] = self.config.learning_rate * warmed_cosine(step, self.config.loop.updates)
        self.model.train()
        waveforms, labels = self._crops(step)
        count, frames = labels.shape
        masked = span_mask(count, frames, self.config.mask_start, self.config.mask_length).to(self.device)
        logits = self.tell(self._hidden(waveforms, masked))
        unseen = functional.cross_entropy(logits[masked], labels[masked])
        seen = functional.cross_entropy(logits[~masked], labels[~masked])
        optimiser.zero_grad()
        backward(unseen + seen)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        optimiser.step()
        right = (logits[masked].argmax(dim=-1) == labels[masked]).float().mean()
        return {"masked": unseen.detach(), "seen": seen.detach(), "masked_accuracy": right}

    def _hidden(self, waveforms: Tensor, masked: Tensor) -> Tensor:
        features = self.model.feature_extractor(waveforms).transpose(1, 2)
        hidden = self.model.feature_projection(features)
        hidden = torch.where(masked[..., None], self.mask_embedding.weight, hidden)
        states: Tensor = self.model.encoder(hidden).last_hidden_state
        return states

    def _crops(self, step: int) -> tuple[Tensor, Tensor]:
        """Waveforms [B, n] and the units [B, T] of their frames."""
        rows = self._rows[shuffled_batch(len(self._rows), self.config.batch, step, self.seed)].tolist()
        spare = torch.tensor([len(self.units.labels[row]) - self._frames for row in rows])
        firsts = (torch.rand(len(rows)) * (spare + 1)).long().tolist()
        with ThreadPoolExecutor(2) as threads:
            waveforms = torch.stack(list(threads.map(self._read, rows, firsts)))
        labels = [
            self.units.labels[row][first : first + self._frames]
            for row, first in zip(rows, firsts, strict=True)
        ]
        return waveforms.to(self.device), torch.stack(labels).to(self.device)

    def _read(self, row: int, first: int) -> Tensor:
        utterance, size = self._utterances[row], self.units.samples(self._frames)
        start = utterance.offset + first * self.units.hop / RATE
        samples = torch.from_numpy(read_audio(utterance.audio_filepath, RATE, start, size / RATE)[:size])
        return functional.pad(samples, (0, size - len(samples)))  # other sampling rates round differently

    def export(self, folder: Path) -> None:
        """Write the model as `transformers` reads it."""
        self.model.save_pretrained(folder)
        Wav2Vec2FeatureExtractor(sampling_rate=RATE, do_normalize=False).save_pretrained(folder)


def span_mask(utterances: int, frames: int, start: float, length: int) -> Tensor:
    """Frames [B, T] that lie in a span of `length` frames, such as start at a share `start` of the frames.

    At least one span an utterance.
    """
    starts = torch.rand(utterances, frames) < start
    starts[torch.arange(utterances), torch.randint(frames, (utterances,))] = True
    reach = functional.pad(starts.float()[:, None], (length - 1, 0))
    return functional.max_pool1d(reach, length, 1)[:, 0] > 0
