"""What the published code makes of drawn weights: those weights and its outputs.

golden/published.json holds the outputs of AudioEncoder and of the loss in jasonppy/word-discovery, and of the
segmentation there and in jasonppy/syllable-discovery, for weights and speech that the functions here draw.
"""

import argparse
import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parent / "golden" / "published.json").read_text(encoding="utf-8")
)
LOSSES = GOLDEN.pop("losses")


def drawn_weights(shapes: dict[str, list[int]], seed: int) -> dict[str, Tensor]:
    """Weights by their published names, drawn in order of the names, large enough for uneven attention."""
    generator = np.random.default_rng(seed)
    weights = {}
    for name in sorted(shapes):
        shape = shapes[name]
        values = generator.standard_normal(shape)
        if name.endswith("weight_g"):
            values = np.abs(values) + 0.5
        elif "norm.weight" in name or ".2.weight" in name or ".2.1.weight" in name:
            values = 1 + 0.1 * values
        elif name.endswith("bias"):
            values = 0.1 * values
        elif name != "cls_token":
            values = values * 1.5 / math.sqrt(max(1, np.prod(shape[1:])))
        weights[name] = torch.tensor(values, dtype=torch.float32)
    return weights


def drawn_speech(seed: int, n: int) -> npt.NDArray[np.float32]:
    """Three tones that swell three times a second, and noise: [n] at 16 kHz."""
    generator = np.random.default_rng(seed)
    t = np.arange(n) / 16000
    tones = sum(np.sin(2 * np.pi * f * t + generator.uniform(0, 6)) for f in (220.0, 660.0, 1500.0))
    loud = tones * (0.2 + np.abs(np.sin(2 * np.pi * 3 * t)))
    return (0.1 * (loud + generator.standard_normal(n))).astype(np.float32)


def bundle(case: dict[str, Any]) -> dict[str, Any]:
    """A best_bundle.pth as the published trainer writes it."""
    weights = drawn_weights(case["shapes"], case["seed"])
    width = case["arguments"]["encoder_embed_dim"]
    encoder = {f"audio_encoder.{name}": tensor for name, tensor in weights.items()}
    heads = {
        "audio_cls_token_proj.0.weight": torch.ones(2 * width, width),
        "audio_cls_token_proj.0.bias": torch.ones(2 * width),
        "audio_cls_token_proj.2.weight": torch.ones(11, 2 * width),
        "audio_cls_token_proj.2.bias": torch.ones(11),
        "visual_cls_token_proj.0.weight": torch.ones(2 * width, 7),
        "visual_cls_token_proj.0.bias": torch.ones(2 * width),
        "visual_cls_token_proj.2.weight": torch.ones(11, 2 * width),
        "visual_cls_token_proj.2.bias": torch.ones(11),
    }
    states = {f"module.{name}": tensor for name, tensor in (encoder | heads).items()}
    states["module.trm.cls_token"] = torch.zeros(1, 1, 7)
    optimizer = {"state": {0: {"step": 3, "next_m": torch.ones(2)}}, "param_groups": [{"lr": 5e-5}]}
    indices = {"epoch": 2, "indices": np.arange(5), "best": np.float64(0.3)}
    return {"dual_encoder": states, "optimizer": optimizer, "indices": indices}


def write_published(folder: Path, case: dict[str, Any], content: Any = None) -> Path:
    """best_bundle.pth and args.pkl in a folder; the path of the former."""
    arguments = argparse.Namespace(**{"layer_norm_first": False, "n_epochs": 30} | case["arguments"])
    (folder / "args.pkl").write_bytes(pickle.dumps(arguments))
    torch.save(bundle(case) if content is None else content, folder / "best_bundle.pth")
    return folder / "best_bundle.pth"
