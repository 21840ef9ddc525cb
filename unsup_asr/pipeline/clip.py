"""The CLIP of a run: a named one, a folder, or a miniature made for the corpus."""

from dataclasses import asdict, dataclass
from importlib.resources import as_file, files
from pathlib import Path

from open_clip import get_tokenizer

from unsup_asr import parallel
from unsup_asr.corpora.cache import cache_folder, fingerprint, locked
from unsup_asr.corpora.pictures import captioned_pictures, pictures_key
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.clip_files import clip_key
from unsup_asr.encoders.packed_clip import packed_key, unpack_clip
from unsup_asr.evaluation.clip_accuracy import clip_accuracy
from unsup_asr.files import read_json, write_json
from unsup_asr.pipeline.common_config import MINIATURE, CommonConfig
from unsup_asr.progress import LOGGER, progress
from unsup_asr.training.loop import run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.miniature_clip import MiniatureClip


@dataclass(frozen=True)
class ClipChoice:
    """Which CLIP a run uses, as its `clip.json` says.

    Attributes:
        name: what `Clip.load` takes.
        key: hash of its files, or of its name.
        r1: image–text R@1 in percent, where it was measured on held-out pictures.
        pool: pictures in that measurement.
        minimal_pairs: accuracy in percent by class of the exchanged fact.
    """

    name: str
    key: str
    r1: float | None = None
    pool: int | None = None
    minimal_pairs: dict[str, float] | None = None


def choose_clip(config: CommonConfig) -> ClipChoice:
    """The CLIP that a configuration asks for.

    A miniature comes from the cache, or from a file that ships with a recipe, or is trained now.
    """
    if config.clip != MINIATURE:
        return ClipChoice(config.clip, clip_key(config.clip))
    key = miniature_key(config)
    folder = cache_folder() / "clip" / key
    with locked(folder):
        if not (folder / "clip.json").exists():
            if not _unpack_shipped(key, folder):
                train_miniature(config, folder)
            _measure(config, folder, key)
    return ClipChoice(**read_json(folder / "clip.json"))


def miniature_key(config: CommonConfig) -> str:
    """A hash of all that a miniature CLIP is made from."""
    return fingerprint({"pictures": pictures_key(config.data), **asdict(config.miniature_clip)})


def _unpack_shipped(key: str, folder: Path) -> bool:
    """Write the model that ships with a recipe into `folder` if it was made from the same configuration."""
    for recipe in files("recipes").iterdir():
        shipped = recipe / "clip.safetensors"
        if shipped.is_file():
            with as_file(shipped) as path:
                if packed_key(path) == key:
                    unpack_clip(path, folder)
                    return True
    return False


def train_miniature(config: CommonConfig, folder: Path) -> None:
    """Train the miniature CLIP of a configuration in `folder`, from its latest checkpoint there."""
    pictures = captioned_pictures(config.data, "train")
    settings = config.miniature_clip
    task = MiniatureClip(settings, pictures, get_tokenizer("ViT-B-32"), config.data.seed)
    log = MetricsLog(folder / "metrics.jsonl", "clip")
    with parallel.alone(), progress("training CLIP", settings.loop.updates) as report:
        run_loop(task, settings.loop, folder / "checkpoints", log, config.data.seed, report)
    task.export(folder)


def _measure(config: CommonConfig, folder: Path, key: str) -> None:
    accuracy = clip_accuracy(Clip.load(str(folder)), captioned_pictures(config.data, "validation"))
    LOGGER.info("CLIP: R@1 %.1f %% among %d pictures", accuracy.r1, accuracy.pool)
    choice = ClipChoice(str(folder), key, accuracy.r1, accuracy.pool, accuracy.minimal_pairs)
    write_json(folder / "clip.json", asdict(choice))
