"""A training step of cascaded SpeechCLIP, beside the published way of doing it.

    python benchmarks/speech_clip.py [--batch 16] [--tokens 8112] [--seconds 6.4] [--repeat 3] [--threads 2]

The published way (atosystem/SpeechCLIP): self-attention at every position, cosines keyword by keyword through a
broadcast product [B, W, V], one-hot rows over all tokens times the table, CLIP's text encoder at all its 77
positions. Sizes are those of its base model: HuBERT-base states (13 of 768 channels), eight keywords, CLIP
ViT-B/32's text tower. Both sides have the same weights, the same batch and the same features and picture
embeddings, cached. Apart from that it is told what a cache saves: HuBERT-base on the batch's speech, and ViT-B/32
on its pictures, which the published way computes anew at every step.

Sides take turns, the least of the repeats counts. The quantiser's outputs are compared at equal keywords.
"""

import argparse
import copy
import time
from collections.abc import Callable
from dataclasses import dataclass

import open_clip
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import HubertConfig, HubertModel

from unsup_asr.encoders.clip import Clip
from unsup_asr.losses.contrastive import contrastive_loss
from unsup_asr.models.speech_clip.config import SpeechClipConfig
from unsup_asr.models.speech_clip.model import SpeechClip

STATES, CHANNELS, HOP, RATE, SCALE = 13, 768, 0.02, 16000, 1 / 0.07
# Pad, SOT and EOT come first in a published table, and are masked there.
SPECIAL = [0, 1, 2]


@dataclass(frozen=True)
class Batch:
    """Cached features and picture embeddings."""

    states: Tensor
    lengths: Tensor
    images: Tensor
    image_ids: Tensor


def drawn(batch: int, seconds: float, width: int) -> Batch:
    """Utterances from half of the length up to all of it."""
    frames = int(seconds / HOP)
    lengths = torch.linspace(frames // 2, frames, batch).long()
    images = functional.normalize(torch.randn(batch, width), dim=1)
    return Batch(torch.randn(batch, STATES, frames, CHANNELS), lengths, images, torch.arange(batch))


class Published:
    """The step as published, on the weights of one of our models."""

    def __init__(self, model: SpeechClip, clip: Clip) -> None:
        self.model, self.clip = model, clip

    def embed(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Unit embeddings [B, E]."""
        model, count = self.model, self.model.config.count
        frames = (model.layer_sum.weights.softmax(dim=0)[:, None, None] * states).sum(dim=1)
        positions = torch.cat([model.cls.expand(len(frames), -1, -1), frames], dim=1)
        padding = torch.ones(positions.shape[:2], dtype=torch.bool)
        for row, length in zip(padding, lengths, strict=True):
            row[: count + length] = False
        attended, _ = model.attention.attention(positions, positions, positions, key_padding_mask=padding)
        heard = model.attention.norm(attended + positions)[:, :count]
        projected = model.keyword_project(heard)
        keywords = model.keyword_norm(projected, torch.ones(projected.shape[:2], dtype=torch.bool))
        written = self.quantise(keywords)
        return functional.normalize(self.read(written), dim=-1)

    def quantise(self, keywords: Tensor) -> Tensor:
        """Chosen token embeddings [B, K, W] of keywords [B, K, W]."""
        table = self.model.token_embeddings
        cosines = torch.stack(
            [
                functional.cosine_similarity(keyword[:, :, None], table.T[None], dim=1)
                for keyword in keywords.unbind(dim=1)
            ],
            dim=1,
        )
        for special in SPECIAL:
            cosines[..., special] += float("-inf")
        hard = torch.zeros_like(cosines).scatter_(-1, cosines.argmax(dim=-1, keepdim=True), 1.0)
        soft = (cosines / self.model.quantiser.temperature).softmax(dim=-1)
        return (hard + soft - soft.detach()) @ table

    def read(self, written: Tensor) -> Tensor:
        """CLIP's text encoder at all its positions: [B, E]."""
        text, count = self.clip.text, written.shape[1]
        row = text.token_embedding(torch.zeros(len(written), self.clip.context_length, dtype=torch.long))
        row[:, 0], row[:, count + 1] = text.token_embedding.weight[-2], text.token_embedding.weight[-1]
        for place in range(count):
            row[:, place + 1] = written[:, place]
        hidden = text.transformer(row + text.positional_embedding, attn_mask=text.attn_mask)
        output: Tensor = text.ln_final(hidden)[:, count + 1] @ text.text_projection
        return output


def stepper(
    embed: Callable[[Tensor, Tensor], Tensor], model: nn.Module, batch: Batch
) -> Callable[[], Tensor]:
    """One update of Adam on the batch."""
    optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 1e-4)

    def step() -> Tensor:
        optimiser.zero_grad()
        loss = contrastive_loss(embed(batch.states, batch.lengths), batch.images, batch.image_ids, SCALE)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 4.0)
        optimiser.step()
        return loss.detach()

    return step


def seconds_of(work: Callable[[], object]) -> float:
    """Wall clock."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def quantised_alike(ours: SpeechClip, published: Published, batch: int) -> tuple[bool, float, float]:
    """Whether choices are the same, and the largest differences of outputs and of gradients."""
    table = ours.token_embeddings
    keywords = torch.randn(batch, ours.config.count, table.shape[1]) * table.std(dim=0) + table.mean(dim=0)
    wanted = torch.randn_like(keywords)
    results = []
    for quantise in (published.quantise, lambda each: _ours(ours, each)):
        given = keywords.clone().requires_grad_()
        written = quantise(given)
        results.append((written.detach(), torch.autograd.grad((written * wanted).sum(), given)[0]))
    (theirs, their_gradient), (mine, my_gradient) = results
    choices = [torch.cdist(written.flatten(0, 1), table).argmin(dim=1) for written in (theirs, mine)]
    gap = (their_gradient - my_gradient).abs().max() / their_gradient.abs().max()
    return torch.equal(*choices), float((theirs - mine).abs().max()), float(gap)


def _ours(model: SpeechClip, keywords: Tensor) -> Tensor:
    cosines = functional.normalize(keywords, dim=-1) @ model.directions.T
    cosines[..., SPECIAL] = float("-inf")
    return model.quantiser(cosines, model.token_embeddings).embeddings


def uncached(batch: int, seconds: float) -> float:
    """Seconds of HuBERT-base and ViT-B/32 on a batch, without gradients."""
    hubert, vision = HubertModel(HubertConfig()).eval(), open_clip.create_model("ViT-B-32").visual.eval()
    waveforms, pixels = torch.randn(batch, int(seconds * RATE)), torch.randn(batch, 3, 224, 224)
    with torch.inference_mode():
        return seconds_of(lambda: (hubert(waveforms), vision(pixels)))


def main() -> None:
    """Print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=8112)
    parser.add_argument("--seconds", type=float, default=6.4)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    clip = Clip(open_clip.create_model("ViT-B-32"), None, None)
    table = clip.token_embeddings[: arguments.tokens]
    model = SpeechClip(SpeechClipConfig(), STATES, CHANNELS, HOP, table, clip.width, clip.context_length - 2)
    twin = copy.deepcopy(model)
    published, batch = Published(twin, clip), drawn(arguments.batch, arguments.seconds, clip.width)

    def embed(states: Tensor, lengths: Tensor) -> Tensor:
        cascaded = model(states, lengths, clip).cascaded
        assert cascaded is not None
        return cascaded

    same, largest, gradient = quantised_alike(model, published, arguments.batch)
    steps = {"published": stepper(published.embed, twin, batch), "ours": stepper(embed, model, batch)}
    for step in steps.values():
        step()
    taken = {
        name: min(times)
        for name, times in zip(
            steps,
            zip(*([seconds_of(s) for s in steps.values()] for _ in range(arguments.repeat)), strict=True),
            strict=True,
        )
    }
    encoders = uncached(arguments.batch, arguments.seconds)
    print(f"batch of {arguments.batch}, {arguments.tokens} tokens, {arguments.threads} threads")
    for name, seconds in taken.items():
        print(f"{name:10} {seconds:7.2f} s a step, features cached")
    print(f"ratio      {taken['published'] / taken['ours']:7.2f}")
    print(f"encoders   {encoders:7.2f} s a step for HuBERT and CLIP's pictures, where nothing is cached:")
    print(
        f"           {(taken['published'] + encoders) / (taken['ours'] + encoders):.2f} times on both sides,"
    )
    print(
        f"           {(taken['published'] + encoders) / taken['ours']:.2f} times on the published side alone"
    )
    print(f"quantiser  choices {'identical' if same else 'DIFFER'}, largest difference {largest:.1e},")
    print(f"           of its gradient {gradient:.1e} of the largest")


if __name__ == "__main__":
    main()
