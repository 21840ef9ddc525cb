"""The speech models that a run trains for itself: a miniature HuBERT, and a VG-HuBERT grown from it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from transformers import HubertModel

from unsup_asr.corpora.cache import Corpus, cache_folder, fingerprint, locked
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.encoders.vit import Vit
from unsup_asr.errors import InputError
from unsup_asr.files import write_json
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.media import media_states
from unsup_asr.pipeline.pictures import PictureEmbedder
from unsup_asr.pipeline.setting_aside import attempt
from unsup_asr.progress import progress
from unsup_asr.training.grounded_hubert import GroundedHubert
from unsup_asr.training.loop import LoopConfig, Task, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.miniature_hubert import RATE, MiniatureHubert
from unsup_asr.training.speech_units import spectral_units

_VERSION = 1
_COMPLETE, _MODEL = "complete.json", "model"
# 50 ms: the frame of any model of this size.
_LEAST_SAMPLES = 800


@dataclass(frozen=True)
class SpeechModels:
    """Trains speech models on the training speech of a run, or finds them in the cache.

    Like a miniature CLIP, they belong to the corpus: other seeds of learning share them.

    Attributes:
        config: the run.
        corpus: its corpus.
        pictures: its pictures.
        clip_key: names their encoder in cache keys.
    """

    config: RunConfig
    corpus: Corpus
    pictures: PictureEmbedder
    clip_key: str

    def hubert_key(self) -> str:
        """A hash of all that the miniature HuBERT is made from."""
        return fingerprint(
            {
                "version": _VERSION,
                "corpus": self.corpus.key,
                "media": media_states(self.config, self.corpus, "train"),
                "log_mel": asdict(self.config.log_mel),
                "hubert": asdict(self.config.hubert),
            }
        )

    def vg_hubert_key(self) -> str:
        """A hash of all that the VG-HuBERT is made from."""
        grounding = asdict(self.config.vg_hubert)
        return fingerprint({"hubert": self.hubert_key(), "clip": self.clip_key, "vg_hubert": grounding})

    def hubert(self) -> Path:
        """The folder of the miniature HuBERT, as transformers and `load_encoder` read it.

        Raises:
            InputError: there is too little training speech.
        """
        folder = cache_folder() / "hubert" / self.hubert_key()
        with locked(folder):
            if not (folder / _COMPLETE).exists():
                self._train_hubert(folder)
                write_json(folder / _COMPLETE, asdict(self.config.hubert))
        return folder / _MODEL

    def vg_hubert(self) -> Path:
        """The folder of the VG-HuBERT, as `VGHubert.from_pretrained` reads it.

        Raises:
            InputError: there is too little training speech, or it has no pictures.
        """
        folder = cache_folder() / "vg_hubert" / self.vg_hubert_key()
        hubert = self.hubert()
        with locked(folder):
            if not (folder / _COMPLETE).exists():
                self._train_vg_hubert(HubertModel.from_pretrained(hubert), folder)
                write_json(folder / _COMPLETE, asdict(self.config.vg_hubert))
        return folder / _MODEL

    def _train_hubert(self, folder: Path) -> None:
        settings, utterances = self.config.hubert, self._audible()
        units = spectral_units(
            utterances,
            self.config.log_mel,
            settings.conv_kernel,
            settings.conv_stride,
            settings.units,
            self._seed,
        )
        task = MiniatureHubert(settings, utterances, units, self._seed, self.config.device)
        self._train("HuBERT", task, settings.loop, folder)
        task.export(folder / _MODEL)

    def _train_vg_hubert(self, hubert: HubertModel, folder: Path) -> None:
        utterances = self._audible()
        seen = self._seeing.embed("train", utterances)
        utterances = [u for u in utterances if isinstance(seen[u.picture], Tensor)]
        if not utterances:
            raise InputError(
                "no training utterance has a picture",
                where=self.corpus.manifest("train"),
                remedy="give pictures, or segmentation.checkpoint=FOLDER",
            )
        images = torch.stack([image for u in utterances if isinstance(image := seen[u.picture], Tensor)])
        ids = _numbers([utterance.picture for utterance in utterances])
        task = GroundedHubert(
            self.config.vg_hubert, hubert, utterances, images, ids, self._seed, self.config.device
        )
        self._train("VG-HuBERT", task, self.config.vg_hubert.loop, folder)
        task.model.save_pretrained(folder / _MODEL)

    @property
    def _seeing(self) -> PictureEmbedder:
        """What embeds the pictures for a VG-HuBERT."""
        vit = self.config.vg_hubert.vit
        return self.pictures if vit is None else PictureEmbedder(Vit.load(vit, self.config.device), None)

    def _train(self, name: str, task: Task, loop: LoopConfig, folder: Path) -> None:
        log = MetricsLog(folder / "metrics.jsonl", name)
        with progress(f"training {name}", loop.updates) as report:
            run_loop(task, loop, folder / "checkpoints", log, self._seed, report)

    def _audible(self) -> list[Utterance]:
        """The training utterances that can be read."""
        utterances = read_manifest(self.corpus.manifest("train"))
        with ThreadPoolExecutor(2) as threads:
            heard = list(threads.map(partial(attempt, _check), utterances))
        audible = [u for u, fault in zip(utterances, heard, strict=True) if fault is None]
        if not audible:
            raise InputError(
                f"none of {len(utterances)} utterances can be used; the first: {heard[0]}",
                where=self.corpus.manifest("train"),
            )
        return audible

    @property
    def _seed(self) -> int:
        """That of a generated corpus; manifests of one's own have none."""
        return int(getattr(self.config.data, "seed", 0))


def _check(utterance: Utterance) -> None:
    """Raises InputError where the recording cannot be heard, or lasts less than a frame."""
    samples = read_audio(utterance.audio_filepath, RATE, utterance.offset, utterance.duration)
    if len(samples) < _LEAST_SAMPLES:
        fault = f"lasts {len(samples) / RATE:g} s, at least {_LEAST_SAMPLES / RATE:g} s are needed"
        raise InputError(fault, where=utterance.audio_filepath, remedy="leave it out")


def _numbers(keys: Sequence[str]) -> Tensor:
    """Numbers [n] that are equal where the keys are."""
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return torch.tensor([numbers[key] for key in keys])
