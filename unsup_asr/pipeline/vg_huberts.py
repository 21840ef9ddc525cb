"""The VG-HuBERT of a run, grown from the miniature HuBERT of its corpus."""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import HubertModel

from unsup_asr import parallel
from unsup_asr.corpora.cache import Corpus, cache_folder, fingerprint, locked
from unsup_asr.data.numbering import numbered
from unsup_asr.encoders.vit import Vit
from unsup_asr.errors import InputError
from unsup_asr.files import write_json
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.miniature_hubert import MiniatureHuberts
from unsup_asr.pipeline.pictures import PictureEmbedder
from unsup_asr.progress import progress
from unsup_asr.training.grounded_hubert import GroundedHubert
from unsup_asr.training.loop import run_loop
from unsup_asr.training.metrics import MetricsLog

_COMPLETE, _MODEL = "complete.json", "model"


@dataclass(frozen=True)
class VGHuberts:
    """Trains a VG-HuBERT on the training speech and pictures of a run, or finds it in the cache.

    Attributes:
        config: the run.
        corpus: its corpus.
        pictures: its pictures.
        clip_key: names their encoder in cache keys.
        huberts: what it grows from.
    """

    config: RunConfig
    corpus: Corpus
    pictures: PictureEmbedder
    clip_key: str
    huberts: MiniatureHuberts

    def key(self) -> str:
        """A hash of all that the VG-HuBERT is made from."""
        grounding = asdict(self.config.vg_hubert)
        return fingerprint({"hubert": self.huberts.key(), "clip": self.clip_key, "vg_hubert": grounding})

    def folder(self) -> Path:
        """The folder of the VG-HuBERT, as `VGHubert.from_pretrained` reads it.

        Raises:
            InputError: there is too little training speech, or it has no pictures.
        """
        folder = cache_folder() / "vg_hubert" / self.key()
        hubert = self.huberts.folder()
        with locked(folder):
            if not (folder / _COMPLETE).exists():
                self._train(HubertModel.from_pretrained(hubert), folder)
                write_json(folder / _COMPLETE, asdict(self.config.vg_hubert))
        return folder / _MODEL

    def _train(self, hubert: HubertModel, folder: Path) -> None:
        utterances = self.huberts.audible()
        seen = self._seeing.embed("train", utterances)
        utterances = [u for u in utterances if isinstance(seen[u.picture], Tensor)]
        if not utterances:
            raise InputError(
                "no training utterance has a picture",
                where=self.corpus.manifest("train"),
                remedy="give pictures, or segmentation.checkpoint=FOLDER",
            )
        images = torch.stack([image for u in utterances if isinstance(image := seen[u.picture], Tensor)])
        ids, seed = numbered([utterance.picture for utterance in utterances]), self.huberts.seed
        task = GroundedHubert(
            self.config.vg_hubert, hubert, utterances, images, ids, seed, self.config.device
        )
        loop, log = self.config.vg_hubert.loop, MetricsLog(folder / "metrics.jsonl", "VG-HuBERT")
        with parallel.alone(), progress("training VG-HuBERT", loop.updates) as report:
            run_loop(task, loop, folder / "checkpoints", log, seed, report)
        task.model.save_pretrained(folder / _MODEL)

    @property
    def _seeing(self) -> PictureEmbedder:
        """What embeds the pictures for a VG-HuBERT."""
        vit = self.config.vg_hubert.vit
        return self.pictures if vit is None else PictureEmbedder(Vit.load(vit, self.config.device), None)
