"""What many tests need: a CLIP small enough to make on the spot, recordings, and a run that takes seconds."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
import soundfile
import torch
from hypothesis import settings
from safetensors.torch import save_file

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
torch.set_num_threads(1)

TINY_CLIP = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 20, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}


@pytest.fixture(scope="session")
def save_tiny_clip(tmp_path_factory) -> Callable[..., Path]:
    """Saves a random CLIP with the real tokenizer's 49,408 tokens in open_clip's local-dir form.

    Called with settings of its text tower, and `custom_text=True` for one that stands apart as `model.text`.
    """

    def save(custom_text: bool = False, **text_settings: Any) -> Path:
        from open_clip.model import CLIP, CustomTextCLIP

        folder = tmp_path_factory.mktemp("clip")
        sizes = {**TINY_CLIP, "text_cfg": {**TINY_CLIP["text_cfg"], **text_settings}}
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = (CustomTextCLIP if custom_text else CLIP)(**sizes)
        config = {"model_cfg": {**sizes, "custom_text": custom_text}, "preprocess_cfg": {}}
        (folder / "open_clip_config.json").write_text(json.dumps(config))
        save_file(model.state_dict(), folder / "open_clip_model.safetensors")
        return folder

    return save


@pytest.fixture(scope="session")
def tiny_clip(save_tiny_clip) -> Path:
    """The folder of a tiny CLIP of 20 positions and token width 32."""
    return save_tiny_clip()


@pytest.fixture(scope="session")
def tokenizer():
    """CLIP's own BPE tokenizer."""
    import open_clip

    return open_clip.SimpleTokenizer()


@pytest.fixture
def write_wav(tmp_path) -> Callable[..., Path]:
    """Writes a short recording: a tone that wanders, in noise."""

    def write(name: str = "speech.wav", seconds: float = 0.5, rate: int = 16000, seed: int = 0) -> Path:
        rng = np.random.default_rng(seed)
        times = np.arange(round(seconds * rate)) / rate
        pitch = 200 + 100 * np.sin(2 * np.pi * 3 * times + rng.uniform(0, 6))
        samples = 0.3 * np.sin(2 * np.pi * np.cumsum(pitch) / rate) + 0.02 * rng.standard_normal(len(times))
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples, rate)
        return path

    return write


# Every part of the recipe, with hardly anything to do.
TINY_LEARNING = [f"stages.{n}.loop.{key}" for n in range(3) for key in ("updates=6", "checkpoint_every=3")]
TINY_LEARNING += ["self_training.rounds=2", "self_training.loop.updates=6", "starts=2", "slots=4"]
TINY_LEARNING += ["self_training.loop.checkpoint_every=3", "cascade.batch=16", "self_training.batch=16"]
TINY_LEARNING += ["generator.narrow=16", "generator.wide=16", "lm.order=3"]
TINY_LEARNING += ["miniature_clip.loop.updates=12", "miniature_clip.loop.checkpoint_every=4"]
TINY_LEARNING += [f"miniature_clip.{key}=16" for key in ("embed_dim", "text_width", "batch")]
TINY_LEARNING += ["miniature_clip.text_layers=1", "miniature_clip.text_heads=2"]
TINY_MINI = [*TINY_LEARNING, "data.train=48", "data.validation=16", "data.test=16", "data.unpaired=400"]
TINY_MINI += ["data.image_size=64", "data.pictures.image_size=32", "miniature_clip.image_size=[32,32]"]
TINY_MINI += ["data.pictures.train=64", "data.pictures.validation=24", "data.pictures.captions=2"]
TINY_MINI += ["miniature_clip.vision.width=8", "miniature_clip.vision.head_width=16"]

# They name folders or hold times, so that no two runs have the same.
ONES_OWN = {"config.yaml", "corpus.json", "clip.json", "results.json", "budget.json", "report.html"}


@dataclass(frozen=True)
class TinyRun:
    """The recipe `mini_en` at its tiniest, below a folder of its own: `run/`, and all that it caches."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "run"

    @property
    def cache(self) -> Path:
        return self.home / "cache" / "unsup-asr"

    @property
    def words(self) -> list[str]:
        """What follows the program's name on the command line."""
        return ["run", "mini_en", f"run_dir={self.folder}", *TINY_MINI]

    @property
    def environment(self) -> dict[str, str]:
        """On one thread, its cache below its home."""
        places = {"XDG_CACHE_HOME": str(self.cache.parent), "MPLCONFIGDIR": matplotlib.get_cachedir()}
        return {**os.environ, "OMP_NUM_THREADS": "1", **places}

    def finish(self) -> None:
        """Run it to its end as a user would, in a process of its own."""
        program = Path(sys.executable).with_name("unsup-asr")
        done = subprocess.run(
            [program, *self.words], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def made(self) -> dict[str, str]:
        """Hashes of all that it made, by path; what must differ and what is hidden is passed over."""
        files = (path for part in (self.folder, self.cache) for path in part.rglob("*") if path.is_file())
        kept = sorted(path for path in files if path.name[0] != "." and path.name not in ONES_OWN)
        return {
            str(path.relative_to(self.home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept
        }


@pytest.fixture(scope="session")
def tiny_learning() -> list[str]:
    """What makes the learning of any recipe tiny, as `key=value` words."""
    return TINY_LEARNING


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory) -> Callable[[], TinyRun]:
    """Makes a tiny run's place; nothing is run yet."""
    return lambda: TinyRun(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def finished_run(tiny_run) -> TinyRun:
    """A tiny run that nothing interrupted. Do not change it."""
    run: TinyRun = tiny_run()
    run.finish()
    return run
