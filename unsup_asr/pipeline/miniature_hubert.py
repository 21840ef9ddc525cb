"""The miniature HuBERT of a corpus: trained on its speech once, and kept in the cache."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from unsup_asr import parallel
from unsup_asr.corpora.cache import Corpus, cache_folder, fingerprint, locked
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.errors import InputError
from unsup_asr.files import write_json
from unsup_asr.pipeline.common_config import MINIATURE_HUBERT, CommonConfig
from unsup_asr.pipeline.media import media_states
from unsup_asr.pipeline.setting_aside import attempt
from unsup_asr.progress import progress
from unsup_asr.training.loop import run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.miniature_hubert import RATE, MiniatureHubert
from unsup_asr.training.speech_units import spectral_units

_VERSION = 1
_COMPLETE, _MODEL = "complete.json", "model"
# 50 ms: the frame of any model of this size.
_LEAST_SAMPLES = 800


@dataclass(frozen=True)
class MiniatureHuberts:
    """Trains a miniature HuBERT on the training speech of a run, or finds it in the cache.

    Like a miniature CLIP, it belongs to the corpus: other seeds of learning share it.

    Attributes:
        config: the run.
        corpus: its corpus.
    """

    config: CommonConfig
    corpus: Corpus

    def key(self) -> str:
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

    def folder(self) -> Path:
        """The folder of the miniature HuBERT, as transformers and `load_encoder` read it.

        Raises:
            InputError: there is too little training speech.
        """
        folder = cache_folder() / "hubert" / self.key()
        with locked(folder):
            if not (folder / _COMPLETE).exists():
                self._train(folder)
                write_json(folder / _COMPLETE, asdict(self.config.hubert))
        return folder / _MODEL

    def named(self, encoder: str) -> str:
        """The name by which to load an encoder: of `miniature_hubert[:LAYER]` its folder, of others their own."""
        if not is_miniature(encoder):
            return encoder
        return f"{self.folder()}{encoder.removeprefix(MINIATURE_HUBERT)}"

    def _train(self, folder: Path) -> None:
        settings, utterances = self.config.hubert, self.audible()
        units = spectral_units(
            utterances,
            self.config.log_mel,
            settings.conv_kernel,
            settings.conv_stride,
            settings.units,
            self.seed,
        )
        task = MiniatureHubert(settings, utterances, units, self.seed, self.config.device)
        log = MetricsLog(folder / "metrics.jsonl", "HuBERT")
        with parallel.alone(), progress("training HuBERT", settings.loop.updates) as report:
            run_loop(task, settings.loop, folder / "checkpoints", log, self.seed, report)
        task.export(folder / _MODEL)

    def audible(self) -> list[Utterance]:
        """The training utterances that can be heard.

        Raises:
            InputError: there is none.
        """
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
    def seed(self) -> int:
        """That of a generated corpus; manifests of one's own have none."""
        return int(getattr(self.config.data, "seed", 0))


def is_miniature(encoder: str) -> bool:
    """Whether it is `miniature_hubert` or `miniature_hubert:LAYER`."""
    return encoder.partition(":")[0] == MINIATURE_HUBERT


def _check(utterance: Utterance) -> None:
    """Raises InputError where the recording cannot be heard, or lasts less than a frame."""
    samples = read_audio(utterance.audio_filepath, RATE, utterance.offset, utterance.duration)
    if len(samples) < _LEAST_SAMPLES:
        fault = f"lasts {len(samples) / RATE:g} s, at least {_LEAST_SAMPLES / RATE:g} s are needed"
        raise InputError(fault, where=utterance.audio_filepath, remedy="leave it out")
