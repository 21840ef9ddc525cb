"""Speed of the VG-HuBERT segmenter beside one utterance at a time through all layers with all attention maps.

    python benchmarks/vg_hubert.py [--utterances 24] [--seconds 5] [--repeat 3] [--threads 2]

A model of HuBERT-base size with drawn weights, twelve layers, attention of layer 9 (counted from 0). Drawn
attention is flat: which frames pass a threshold is decided by the last digits, unlike in a trained model, whose
attention rises over words. So the keys of layer 9 are fitted, by least squares on other utterances, until CLS
looks where speech is loud; the share of boundaries that stay identical is printed for both, drawn and fitted.

Segmenters take turns, the least of the repeats counts.
"""

import argparse
import copy
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from segmenters.segmentation import Segmentation
from segmenters.speech import Speech
from segmenters.vg_hubert.attention import AttentionConfig, attended, runs_of, word_boundaries
from segmenters.vg_hubert.config import VGHubertConfig, plain_hubert_config
from segmenters.vg_hubert.model import VGHubert
from segmenters.vg_hubert.segmenter import RATE, VGHubertSegmenter, VGHubertSegmenterConfig

ATTENTION = AttentionConfig(layer=9, quantile=0.7)
FITTED_ON = 6


def speech(seed: int, seconds: float) -> tuple[Speech, np.ndarray]:
    """Bursts of tones and noise at irregular times, and how loud each sample was meant to be."""
    generator = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    starts = np.cumsum(generator.uniform(0.2, 0.5, int(seconds * 4)))
    loud = sum(np.exp(-(((t - start) / 0.06) ** 2)) for start in starts)
    tones = sum(np.sin(2 * np.pi * f * t + generator.uniform(0, 6)) for f in generator.uniform(100, 3000, 5))
    noise = generator.standard_normal(len(t))
    samples = 0.05 * (loud * (tones + noise) + 0.05 * noise)
    return Speech(str(seed), samples.astype(np.float32), RATE), loud


def fitted(drawn: VGHubert, seconds: float) -> VGHubert:
    """The model with keys by which every head, each a little otherwise, looks where it is loud."""
    model = copy.deepcopy(drawn)
    states, targets = [], []
    with torch.inference_mode():
        for seed in range(FITTED_ON):
            utterance, loud = speech(10_000 + seed, seconds)
            entering = model.states(torch.from_numpy(utterance.samples)[None], ATTENTION.layer)[0, 1:]
            centres = np.linspace(0, len(loud) - 1, len(entering)).astype(int)
            states.append(entering)
            targets.append(torch.from_numpy(loud[centres]).float())
    x, y = torch.cat(states), torch.cat(targets)
    x = x - x.mean(dim=0)
    ridge = 0.1 * len(x) * x.var() * torch.eye(x.shape[1])
    direction = torch.linalg.solve(x.T @ x + ridge, x.T @ (y - y.mean()))
    attention = model.hubert.encoder.layers[ATTENTION.layer].attention
    with torch.no_grad():
        attention.q_proj.weight.zero_()
        attention.q_proj.bias.zero_()
        attention.q_proj.bias[:: attention.head_dim] = attention.head_dim**0.5
        for head in range(attention.num_heads):
            other = torch.randn(x.shape[1]) * direction.norm() / x.shape[1] ** 0.5
            attention.k_proj.weight[head * attention.head_dim] = 4 * (direction + 0.2 * other)
    return model


def one_at_a_time(model: VGHubert) -> Callable[[Sequence[Speech]], list[list[float]]]:
    """Boundaries by all layers, each of whose attention maps is kept, as the published script has it."""
    model = copy.deepcopy(model)
    model.hubert.set_attn_implementation("eager")
    maps: list[Tensor] = []
    for block in model.hubert.encoder.layers:
        block.attention.register_forward_hook(lambda module, inputs, output: maps.append(output[1]))

    @torch.inference_mode()
    def segment(utterances: Sequence[Speech]) -> list[list[float]]:
        boundaries = []
        for utterance in utterances:
            maps.clear()
            model.states(torch.from_numpy(utterance.samples)[None], model.layers)
            frames = attended(maps[ATTENTION.layer][0, :, 0, 1:], ATTENTION.quantile).numpy()
            boundaries.append(word_boundaries(runs_of(frames), len(frames), utterance.duration).tolist())
        return boundaries

    return segment


def share(expected: Sequence[Sequence[float]], found: Sequence[Segmentation], within: float) -> float:
    """Percent of the inner boundaries that are found again, at most so many seconds off."""
    met = total = 0
    for boundaries, segmentation in zip(expected, found, strict=True):
        ends = np.array([span.end for span in segmentation.spans])
        inner = boundaries[1:-1]
        met += sum(bool(np.abs(ends - time).min() <= within) for time in inner)
        total += len(inner)
    return 100 * met / max(1, total)


def fastest(works: Sequence[Callable[[], object]], repeat: int) -> list[float]:
    """Seconds of each, in turn."""
    seconds = [float("inf")] * len(works)
    for _ in range(repeat):
        for index, work in enumerate(works):
            begin = time.perf_counter()
            work()
            seconds[index] = min(seconds[index], time.perf_counter() - begin)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--utterances", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    drawn = VGHubert(VGHubertConfig(plain_hubert_config())).eval()
    utterances = [speech(seed, arguments.seconds)[0] for seed in range(arguments.utterances)]
    for name, model in (("drawn", drawn), ("fitted", fitted(drawn, arguments.seconds))):
        slow = one_at_a_time(model)
        expected = slow(utterances)
        print(
            f"{name} attention: {sum(map(len, expected)) - 2 * len(expected)} boundaries, of which identical"
        )
        for bf16 in (False, True):
            config = VGHubertSegmenterConfig(ATTENTION, bf16=bf16)
            found = VGHubertSegmenter(model, config).segment(utterances)
            figures = [share(expected, found, within) for within in (1e-6, 0.0201)]
            print(
                f"  {'bf16' if bf16 else 'fp32'} {figures[0]:6.2f} %, within 20 ms {figures[1]:6.2f} %",
                flush=True,
            )
    exact, near = (
        VGHubertSegmenter(drawn, VGHubertSegmenterConfig(ATTENTION, bf16=b)) for b in (False, True)
    )
    works = [lambda: slow(utterances), lambda: exact.segment(utterances), lambda: near.segment(utterances)]
    seconds = fastest(works, arguments.repeat)
    for name, taken in zip(("one at a time, all layers and maps", "fp32", "bf16"), seconds, strict=True):
        print(f"{name:36s} {taken:7.2f} s   {seconds[0] / taken:5.2f} times as fast", flush=True)


if __name__ == "__main__":
    main()
